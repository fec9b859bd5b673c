import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Running, start } from "./server.ts";
import { folderWith } from "./temp.ts";

/** Seconds, the --timeout of these servers. */
export const TIMEOUT_SECONDS = 0.5;

/** A server of tests/apps/interrupted.py, and what its views have recorded. */
export interface Interrupted extends Running {
  /** What was recorded for a request, in order: `begun`, `timeout`, … */
  events(key: string): string[];
  /** The same for every request. */
  allEvents(): Map<string, string[]>;
}

/**
 * Start such a server. Its views /pid and /for never hang, but a busy machine may delay them.
 *
 * @param grace seconds until a worker that still hangs is killed
 */
export async function startInterrupted(grace: number, args: string[]): Promise<Interrupted> {
  const file = join(folderWith(), "events");
  writeFileSync(file, "");
  const times = [
    "--timeout",
    String(TIMEOUT_SECONDS),
    "--timeout",
    "/pid=60",
    "--timeout",
    "/for=60",
  ];
  const server = await start("interrupted", {
    args: [...times, "--timeout-grace", String(grace), ...args],
    env: { EVENTS: file },
  });
  const allEvents = (): Map<string, string[]> => {
    const found = new Map<string, string[]>();
    for (const line of readFileSync(file, "utf8").split("\n")) {
      const [what, key] = line.split(" ");
      if (what && key) found.set(key, [...(found.get(key) ?? []), what]);
    }
    return found;
  };
  const events = (key: string): string[] => allEvents().get(key) ?? [];
  return Object.assign(server, { events, allEvents });
}

/** Run a test with such a server. */
export async function interrupted(
  grace: number,
  args: string[],
  run: (server: Interrupted) => Promise<void>,
): Promise<void> {
  const server = await startInterrupted(grace, args);
  try {
    await run(server);
  } finally {
    await server.stop();
  }
}
