import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../ports.ts";
import { isAlive } from "../processes.ts";
import { PATIENCE, until } from "../wait.ts";
import type { Site } from "./host.ts";
import { placed } from "./pages.ts";
import { type HostProcess, startProcess } from "../../peers/process.ts";
import { type HostShop, shopEnvironment } from "./shop.ts";

export interface Launch {
  shop: HostShop;
  port: number;
  env: NodeJS.ProcessEnv;
  /** What servers have written to files since then. */
  logs(): string;
  /** A text of a page, with this test's folder and port. */
  place(text: string): string;
  /** Run a command of a page in the folder of the project, until it is stopped. */
  run(command: string): Promise<HostProcess>;
}

export async function launch(shop: HostShop, more: NodeJS.ProcessEnv): Promise<Launch> {
  const port = await freePort();
  const env = shopEnvironment({ HOME: shop.folder, ...more });
  const place = (text: string): string => placed(text, shop.folder, port);
  // `exec`, so that it is the server that gets the signals; `env`, for commands that begin with variables.
  const run = (command: string): Promise<HostProcess> =>
    startProcess(["sh", "-c", `exec env ${place(command)}`], { cwd: shop.folder, env });
  return { shop, port, env, logs: logsOf(shop), place, run };
}

/** A server that has just started; resolves once it answers. */
export async function answering(
  { port, logs }: Launch,
  processes: HostProcess[],
  reload?: () => Promise<void>,
): Promise<Site> {
  const site: Site = {
    url: `http://127.0.0.1:${port}`,
    port,
    log: () => processes.map((each) => each.output()).join("") + logs(),
    processes: () => processes.flatMap((each) => each.processes()),
    async stop(milliseconds) {
      let inTime = true;
      for (const each of processes) inTime = (await each.stop("SIGTERM", milliseconds)) && inTime;
      return inTime;
    },
    ...(reload && { reload }),
  };
  let status: number | undefined;
  const answers = async (): Promise<boolean> => {
    if (processes.some((each) => !isAlive(each.pid))) throw new Error("the server has ended");
    const signal = AbortSignal.timeout(PATIENCE);
    const response = await fetch(`${site.url}/healthz`, { signal }).catch(() => null);
    await response?.body?.cancel();
    status = response?.status;
    return status === 200;
  };
  try {
    await until(answers, "the server answers", 2 * PATIENCE);
    return site;
  } catch (cause) {
    await site.stop();
    const last = status === undefined ? "" : `, its last answer was ${status}`;
    throw new Error(`${(cause as Error).message}${last}:\n${site.log()}`, { cause });
  }
}

/** What servers write to their configured files from now on; another server may have written before. */
function logsOf(shop: HostShop): () => string {
  const folder = join(shop.folder, "var");
  const read = (): [name: string, text: string][] => {
    const files = readdirSync(folder).filter((name) => name.endsWith(".log"));
    return files.map((name) => [name, readFileSync(join(folder, name), "utf8")]);
  };
  const before = new Map(read());
  return () =>
    read()
      .map(([name, text]) => text.slice(before.get(name)?.length ?? 0))
      .join("");
}

/** Run a command of a page to its end, such as a reload. */
export async function toItsEnd(launched: Launch, command: string): Promise<void> {
  const { shop, env, place } = launched;
  const done = await startProcess(["sh", "-c", place(command)], { cwd: shop.folder, env });
  try {
    await until(() => !isAlive(done.pid), `the command has ended: ${command}`);
  } finally {
    await done.stop();
  }
}
