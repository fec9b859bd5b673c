import { startTime } from "../shared/start-time.ts";
import { ControlServer } from "./control-server.ts";
import { QuintetError } from "../shared/errors.ts";
import { inheritedSockets } from "../master/carry.ts";
import { Reloads } from "./reloads.ts";
import { bootServer } from "./boot.ts";
import { watchMoved } from "./log-moved.ts";
import { obeySignals } from "./signals.ts";
import { misspeltVariables } from "../config/settings/read-settings.ts";
import { type Deployment, findDeployment, type ServeArguments } from "../config/deployment.ts";

/** A front without a parent, where there is no Python for that to run on. */
export async function serveAlone(
  args: ServeArguments,
  origin: string,
  deployment: Deployment,
): Promise<void> {
  const { bind, user } = deployment.settings;
  if (user !== null || bind.some((each) => /^unix:.*[?&](user|group)=/.test(each))) {
    const message = "Another user or group takes a parent, and there is no Python to run it.";
    throw new QuintetError("QUINTET_USER", message, {
      advice: "Install Python 3.9 or newer, or start the server as the user that it is to be.",
    });
  }
  process.title = "quintet"; // as the parent, for pkill
  process.chdir(deployment.served.cwd);
  const load = (signal: AbortSignal): Promise<Deployment> => findDeployment(args, origin, signal);
  const able = Promise.withResolvers<Reloads>();
  const server = await bootServer(deployment, load, {
    inherited: inheritedSockets(process.env),
    openLog: null,
    ownsProcess: true,
    takesAtOnce: true,
    several: false,
    began: startTime.commandMs,
    generation: 1,
    ready: () => control.listen(),
    // What goes wrong is in the log.
    touched: (file) =>
      void able.promise.then((reloads) => reloads.reload(`${file} has changed`)).catch(() => {}),
  });
  const reloads = new Reloads(server);
  able.resolve(reloads);
  const control = new ControlServer(server, reloads, deployment.settings.control ?? "off");
  obeySignals(server, reloads);
  watchMoved(deployment.settings.logFile ?? "", () => server.reopenLog());
  for (const message of misspeltVariables(process.env)) {
    server.log.warn({ code: "QUINTET_SETTING" }, message);
  }
  server.log.info("no parent watches this front: there is no Python 3.9 or newer to run it");
  if (process.env.NOTIFY_SOCKET) {
    server.log.warn("systemd is not told when this serves, for that takes a parent: use Type=exec");
  }
  await server.run();
}
