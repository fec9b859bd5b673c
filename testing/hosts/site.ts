import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../ports.ts";
import { isAlive } from "../processes.ts";
import type { Site } from "./host.ts";
import { placed } from "./pages.ts";
import { type HostProcess, startProcess } from "../../peers/process.ts";
import { type HostShop, shopEnvironment } from "./shop.ts";

export interface Launch {
  shop: HostShop;
  port: number;
  env: NodeJS.ProcessEnv;
  /** A text of a page, with the folder and the port of this test. */
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
  return { shop, port, env, place, run };
}

/** A server that has just been started, once it answers. */
export async function answering(
  { shop, port }: Launch,
  processes: HostProcess[],
  reload?: () => Promise<void>,
): Promise<Site> {
  const before = logsOf(shop);
  const site: Site = {
    url: `http://127.0.0.1:${port}`,
    port,
    log: () => processes.map((each) => each.output()).join("") + logsOf(shop),
    processes: () => processes.flatMap((each) => each.processes()),
    async stop() {
      let inTime = true;
      for (const each of processes) inTime = (await each.stop()) && inTime;
      return inTime;
    },
    ...(reload && { reload }),
  };
  const end = performance.now() + 30_000;
  for (;;) {
    const response = await fetch(`${site.url}/healthz`).catch(() => null);
    await response?.body?.cancel();
    if (response?.status === 200) return site;
    const dead = processes.some((each) => !isAlive(each.pid));
    if (dead || performance.now() > end) {
      const text = site.log().replace(before, "");
      await site.stop();
      const what = dead ? "ended" : `does not answer (${response?.status ?? "no connection"})`;
      throw new Error(`the server ${what}:\n${text}`);
    }
    await sleep(50);
  }
}

/** What servers write to files, as their configuration says. */
function logsOf(shop: HostShop): string {
  const folder = join(shop.folder, "var");
  const files = readdirSync(folder).filter((name) => name.endsWith(".log"));
  return files.map((name) => readFileSync(join(folder, name), "utf8")).join("");
}

/** Run a command of a page to its end, such as the one that reloads. */
export async function toItsEnd(launched: Launch, command: string): Promise<void> {
  const { shop, env, place } = launched;
  const done = await startProcess(["sh", "-c", place(command)], { cwd: shop.folder, env });
  while (isAlive(done.pid)) await sleep(10);
  await done.stop();
}
