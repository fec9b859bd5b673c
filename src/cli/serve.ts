import { Server } from "../server.ts";
import { obeySignals } from "../signals.ts";
import type { Arguments } from "./arguments.ts";
import { findDeployment } from "./deployment.ts";

/** `quintet [target]`: serve until a signal ends it. */
export async function serve(args: Arguments): Promise<void> {
  const origin = process.cwd();
  const deployment = await findDeployment(args, origin);
  process.chdir(deployment.served.cwd);
  const server = new Server(deployment, (signal) => findDeployment(args, origin, signal));
  obeySignals(server);
  await server.run();
}
