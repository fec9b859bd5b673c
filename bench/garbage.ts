// node bench/garbage.ts [rounds]: what it would be worth to collect garbage between requests instead of inside them, on
// the list of orders of examples/oms. Modes are those of apps/garbage.py, in turn; installs the peers.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { load, whyInvalid } from "./load.ts";
import { once } from "./http.ts";
import { logIn, prepareOrders } from "./orders.ts";
import { paced } from "./paced.ts";
import { memoryBytes } from "./proc.ts";
import { installPeers, peersPython } from "../peers/environment.ts";
import { root } from "./paths.ts";
import { freePort, ServerProcess, stopServersAtExit } from "./server-process.ts";
import { spread } from "./statistics.ts";

const PATH = "/orders/";
const MODES = ["now", "idle", "off"] as const;
/** Requests a second at low load: about a third of what the worker can do. */
const RATE = 60;
const LOW_SECONDS = 8;
const FULL_SECONDS = 4;
const CONNECTIONS = 8;

/** One turn of a mode; milliseconds, unless the name says otherwise. */
interface Turn {
  "low p50": number;
  "low p99": number;
  "low max": number;
  "full rps": number;
  "full p50": number;
  "full p99": number;
  /** Share of the whole time that the worker collected, in percent, and the longest collection. */
  "collecting %": number;
  longest: number;
  "memory MiB": number;
}

async function turn(
  mode: string,
  scratch: string,
  environment: Record<string, string>,
): Promise<Turn> {
  const port = await freePort();
  const report = join(scratch, "report.json");
  const env = [`GARBAGE=${mode}`, `GARBAGE_REPORT=${report}`, `PYTHONPATH=${root}/bench/apps`];
  const command = [
    process.execPath,
    "bin/quintet.js",
    "--bind",
    `127.0.0.1:${port}`,
    "--workers",
    "1",
    "--no-access-log",
    "--log-level",
    "warn",
    "--python",
    peersPython,
    "--hooks",
    "garbage",
    ...env.flatMap((each) => ["--env", each]),
    "--chdir",
    "examples/oms",
    "oms.wsgi:application",
  ];
  const server = new ServerProcess(command, environment, scratch);
  const began = performance.now();
  try {
    await server.ready(port, PATH);
    const headers = await logIn(port, PATH);
    const { wireBytes } = await once({ port, path: PATH, headers });
    const url = `http://127.0.0.1:${port}${PATH}`;
    await load(url, { seconds: 1, connections: 2, headers });
    const low = await paced({ port, path: PATH, headers }, { rate: RATE, seconds: LOW_SECONDS });
    const full = await load(url, { seconds: FULL_SECONDS, connections: CONNECTIONS, headers });
    const invalid = whyInvalid(full, wireBytes);
    if (invalid) throw new Error(invalid);
    const memory = memoryBytes(server.pid);
    const elapsed = (performance.now() - began) / 1000;
    await server.stop();
    const spent = JSON.parse(readFileSync(report, "utf8")) as { seconds: number; longest: number };
    return {
      "low p50": low.p50,
      "low p99": low.p99,
      "low max": low.max,
      "full rps": full.requests / (full.microseconds / 1e6),
      "full p50": full.p50 / 1000,
      "full p99": full.p99 / 1000,
      "collecting %": (spent.seconds / elapsed) * 100,
      longest: spent.longest * 1000,
      "memory MiB": memory / 2 ** 20,
    };
  } finally {
    await server.stop();
  }
}

await installPeers();
const rounds = Number(process.argv[2] ?? 6);
const scratch = mkdtempSync(join(tmpdir(), "quintet-garbage-"));
stopServersAtExit();
try {
  const environment = await prepareOrders(scratch);
  const turns = new Map<string, Turn[]>(MODES.map((mode) => [mode, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const mode of MODES) {
      const one = await turn(mode, scratch, environment);
      turns.get(mode)?.push(one);
      console.error(mode, JSON.stringify(one));
    }
  }
  const names = Object.keys(turns.get("now")?.[0] ?? {}) as (keyof Turn)[];
  console.log(`| | ${names.join(" | ")} |\n| --- |${names.map(() => " ---: |").join("")}`);
  for (const [mode, all] of turns) {
    const cells = names.map((name) => {
      const { median, min, max } = spread(all.map((each) => each[name]));
      return `${median.toFixed(1)} (${min.toFixed(1)}–${max.toFixed(1)})`;
    });
    console.log(`| ${mode} | ${cells.join(" | ")} |`);
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
