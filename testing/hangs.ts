import assert from "node:assert/strict";
import { isAlive } from "./processes.ts";
import { type Running, start } from "./server.ts";
import { until } from "./wait.ts";

/** Seconds, the --timeout of these servers. */
export const TIMEOUT = 1;

export interface Seen {
  status: number;
  text: string;
  seconds: number;
}

/** Run a test with a server of tests/apps/hangs.py. */
export async function hangs(
  args: string[],
  run: (server: Running) => Promise<void>,
): Promise<void> {
  const server = await start("hangs", {
    args: ["--timeout", String(TIMEOUT), "--timeout-grace", "1", ...args],
  });
  try {
    await run(server);
  } finally {
    await server.stop();
  }
}

export async function get(server: Running, path: string): Promise<Seen> {
  const began = performance.now();
  const response = await fetch(server.url + path);
  const text = await response.text();
  return { status: response.status, text, seconds: (performance.now() - began) / 1000 };
}

/** Wait until a worker has ended and another is in its place. */
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
