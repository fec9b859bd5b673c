import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Running, start } from "./server.ts";
import { folderWith } from "./temp.ts";

/** Seconds, the --timeout of these servers. */
export const TIMEOUT = 0.5;

/** A server of tests/apps/interrupted.py, and what its views have written down. */
export interface Interrupted extends Running {
  /** What was written down for a request, in order: `begun`, `timeout`, … */
  events(key: string): string[];
}

export async function interrupted(
  args: string[],
  run: (server: Interrupted) => Promise<void>,
): Promise<void> {
  const file = join(folderWith(), "events");
  writeFileSync(file, "");
  const times = ["--timeout", String(TIMEOUT), "--timeout-grace", "1"];
  const server = await start("interrupted", { args: [...times, ...args], env: { EVENTS: file } });
  const events = (key: string): string[] =>
    readFileSync(file, "utf8")
      .split("\n")
      .map((line) => line.split(" "))
      .filter((parts) => parts[1] === key)
      .map((parts) => parts[0] as string);
  try {
    await run(Object.assign(server, { events }));
  } finally {
    await server.stop();
  }
}
