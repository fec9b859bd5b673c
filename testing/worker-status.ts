import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { findServers } from "../src/cli/control-client.ts";
import type { PoolStatus } from "../src/workers/pool-status.ts";
import { type Running, start, type StartOptions } from "./server.ts";
import { statusOf } from "./status.ts";
import { folderWith } from "./temp.ts";
import { PATIENCE, until } from "./wait.ts";

/** A server whose workers can be watched through its control socket. */
export interface WatchedPool {
  server: Running;
  /** The folder of its control socket. */
  folder: string;
  /** Its main workers, as `quintet status` shows them. */
  pool(): Promise<PoolStatus>;
  /** The pids of the workers that take requests. */
  ready(): Promise<number[]>;
  /** Wait until something holds of the workers. */
  until(
    holds: (pool: PoolStatus) => boolean,
    what: string,
    milliseconds?: number,
  ): Promise<PoolStatus>;
}

export async function watchPool(
  t: TestContext,
  target: string,
  options: StartOptions = {},
): Promise<WatchedPool> {
  const folder = folderWith();
  const env = { ...options.env, QUINTET_CONTROL: folder };
  const server = await start(target, { ...options, env });
  t.after(() => server.stop());
  async function pool(): Promise<PoolStatus> {
    const {
      found: [found],
    } = await findServers(folder);
    return found?.status.fronts[0]?.pools[0] as PoolStatus;
  }
  return {
    server,
    folder,
    pool,
    ready: async () => readyOf(await pool()),
    async until(holds, what, milliseconds = PATIENCE) {
      let found: PoolStatus | undefined;
      const look = async (): Promise<boolean> => {
        found = await pool();
        // A busy front may not have answered in time.
        return found !== undefined && holds(found);
      };
      await until(look, what, milliseconds).catch((error: Error) => {
        throw new Error(`${error.message}: ${JSON.stringify(found)}`, { cause: error });
      });
      return found as PoolStatus;
    },
  };
}

/** Wait until this many workers take requests. The server has its usual control socket. Returns their pids. */
export async function untilReady(server: Running, workers: number): Promise<number[]> {
  let ready: number[] = [];
  await until(async () => {
    const pool = (await statusOf(server))?.fronts[0]?.pools?.[0];
    ready = pool === undefined ? [] : readyOf(pool);
    return ready.length === workers;
  }, `${workers} workers are ready`);
  return ready;
}

export function readyOf({ workers }: PoolStatus): number[] {
  return workers.filter(({ state }) => state === "ready").map(({ pid }) => pid);
}

/** Check all the time that something holds of the workers. `stop` returns the states in which it did not. */
export function always(
  { pool }: WatchedPool,
  holds: (pool: PoolStatus) => boolean,
): { stop(): Promise<PoolStatus[]> } {
  const broken: PoolStatus[] = [];
  const over = new AbortController();
  const watching = (async () => {
    while (!over.signal.aborted) {
      const found = await pool();
      if (found !== undefined && !holds(found)) broken.push(found);
      await sleep(5);
    }
  })();
  return {
    async stop() {
      over.abort();
      await watching;
      return broken;
    },
  };
}

/** The pids of the workers that were replaced, and why, from the log. */
export function replacements(server: Running): { pid: number; why: string }[] {
  return server.log().flatMap(({ msg = "", worker = 0 }) => {
    const why = /^worker is replaced: (.*)$/.exec(msg)?.[1];
    return why === undefined ? [] : [{ pid: worker, why }];
  });
}
