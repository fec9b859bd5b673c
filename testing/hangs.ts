import assert from "node:assert/strict";
import { measured } from "./control.ts";
import { isAlive } from "./processes.ts";
import { type LogLine, type Running, start } from "./server.ts";
import { until } from "./wait.ts";

/** Seconds, the --timeout of these servers. */
export const TIMEOUT_SECONDS = 1;
/** Milliseconds by which a 504 may be late on an idle machine. */
const MAX_LATE_MS = 250;

export interface Seen {
  status: number;
  text: string;
  seconds: number;
  /** The worker that answered, if its view tells. */
  worker: number;
}

/** A server of tests/apps/hangs.py. Its view /pid never hangs, but a busy machine may delay it. */
export function startHangs(args: string[] = []): Promise<Running> {
  const times = [
    "--timeout",
    String(TIMEOUT_SECONDS),
    "--timeout",
    "/pid=60",
    "--timeout-grace",
    "1",
  ];
  return start("hangs", { args: [...times, ...args] });
}

/** Run a test with such a server. */
export async function hangs(
  args: string[],
  run: (server: Running) => Promise<void>,
): Promise<void> {
  const server = await startHangs(args);
  try {
    await run(server);
  } finally {
    await server.stop();
  }
}

/** Stop a server whose workers hang for longer than a test can wait. */
export async function kill(server: Running): Promise<void> {
  server.child.kill("SIGKILL");
  await server.ended;
}

export async function get(server: Running, path: string): Promise<Seen> {
  const began = performance.now();
  const response = await fetch(server.url + path);
  const text = await response.text();
  const seconds = (performance.now() - began) / 1000;
  const worker = Number(response.headers.get("x-pid"));
  return { status: response.status, text, seconds, worker };
}

/**
 * Run what is to end when a timeout is over: no sooner, and no later than a control of the same moment allows.
 *
 * @param timeout seconds
 */
export async function endsInTime<T>(timeout: number, run: () => Promise<T>): Promise<T> {
  const { result, took, allow } = await measured(run);
  assert.ok(took >= timeout * 1000, `ended after ${took} ms`);
  assert.ok(took <= allow(timeout * 1000 + MAX_LATE_MS), `ended only after ${took} ms`);
  return result;
}

/** Request a hanging view; it must get 504 when it times out. */
export async function timesOut(
  server: Running,
  path: string,
  timeout = TIMEOUT_SECONDS,
): Promise<Seen> {
  const seen = await endsInTime(timeout, () => get(server, path));
  assert.equal(seen.status, 504);
  return seen;
}

/** The log line about a worker that hangs in close(), which shows once it gets another request. */
export async function hungAfterwards(server: Running, worker: number): Promise<LogLine> {
  const line = (): LogLine | undefined =>
    server.log().find((each) => each.worker === worker && each.msg?.includes("after a response"));
  await until(async () => {
    assert.equal((await get(server, "/pid")).status, 200);
    return line() !== undefined;
  }, `${worker} is said to hang`);
  return line() as LogLine;
}

/** Wait until a worker has ended and another has replaced it. */
export async function replaced(server: Running, old: number): Promise<void> {
  await until(() => !isAlive(old), `${old} has ended`);
  assert.ok(!server.workers().includes(old));
  await until(
    () => server.workers().length === workersOf(server),
    "there are as many workers again",
  );
}

function workersOf(server: Running): number {
  const line = server.log().find(({ msg }) => /^\d+ workers? of/.test(msg ?? ""));
  return Number.parseInt(line?.msg as string, 10);
}
