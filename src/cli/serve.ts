import { ControlServer } from "../control/server.ts";
import { becomeParent } from "../parent/become.ts";
import { serveAsFront, takeHanded } from "../parent/front.ts";
import { inheritedSockets } from "../parent/carry.ts";
import { parentPython } from "../parent/python.ts";
import { Server } from "../server.ts";
import { obeySignals } from "../signals.ts";
import type { Arguments } from "./arguments.ts";
import { type Deployment, findDeployment } from "./deployment.ts";
import { currentFolder } from "./folder.ts";

/** `quintet [target]`: serve until a signal ends it. */
export async function serve(args: Arguments): Promise<void> {
  const origin = currentFolder();
  const handed = takeHanded();
  if (handed) return serveAsFront(args, origin, handed);
  const deployment = await findDeployment(args, origin);
  const python = parentPython(deployment);
  if (python) return becomeParent(python, deployment, origin);
  return serveAlone(args, origin, deployment);
}

/** Without a parent, where there is no Python for it to run on. */
async function serveAlone(args: Arguments, origin: string, deployment: Deployment): Promise<void> {
  process.chdir(deployment.served.cwd);
  const load = (signal: AbortSignal): Promise<Deployment> => findDeployment(args, origin, signal);
  const server = new Server(deployment, load, {
    inherited: inheritedSockets(process.env),
    began: Date.now() - Math.round(process.uptime() * 1000),
    scale: null,
    ready: () => control.listen(),
    reloading() {},
    reloaded() {},
  });
  const control = new ControlServer(server, deployment.settings.control, server.log);
  obeySignals(server);
  server.log.info("no parent watches this front: there is no Python 3.9 or newer to run it");
  await server.run();
}
