import { findServers } from "../src/cli/control-client.ts";
import type { ServerStatus } from "../src/front/status.ts";
import { control } from "./command.ts";
import { until } from "./wait.ts";

/** The output of `quintet status`; undefined if the server does not answer. */
export async function statusOf(
  { pid }: { pid: number },
  folder: string = control,
): Promise<ServerStatus | undefined> {
  return (await findServers(folder, String(pid))).found[0]?.status;
}

/** How many requests its workers run, and how many wait for a worker. */
export async function requestsOf(
  server: { pid: number },
  folder?: string,
): Promise<{ running: number; waiting: number }> {
  const fronts = (await statusOf(server, folder))?.fronts ?? [];
  const pools = fronts.flatMap(({ pools = [] }) => pools);
  return {
    running: pools.flatMap(({ workers }) => workers.flatMap((worker) => worker.running)).length,
    waiting: pools.reduce((sum, pool) => sum + pool.waiting, 0),
  };
}

/** Wait until this many requests run or wait for a worker. */
export async function untilRequests(
  server: { pid: number },
  wanted: { running?: number; waiting?: number },
  folder?: string,
): Promise<void> {
  const what = Object.entries(wanted).map(([state, count]) => `${count} ${state}`);
  await until(
    async () => {
      const now = await requestsOf(server, folder);
      return (
        (wanted.running ?? now.running) === now.running &&
        (wanted.waiting ?? now.waiting) === now.waiting
      );
    },
    `requests: ${what.join(", ")}`,
  );
}

/** Wait until all workers that a server should have are ready. */
export async function untilAllReady(server: { pid: number }, folder?: string): Promise<void> {
  await until(async () => {
    const fronts = (await statusOf(server, folder))?.fronts ?? [];
    const pools = fronts.flatMap(({ pools = [] }) => pools);
    const lacks = ({ workers, wanted }: (typeof pools)[number]): boolean =>
      workers.filter(({ state }) => state === "ready").length < wanted;
    return pools.length > 0 && !pools.some(lacks);
  }, "all workers are ready");
}
