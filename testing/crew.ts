import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { findServers } from "../src/cli/control-client.ts";
import type { PoolStatus } from "../src/workers/pool.ts";
import { type Running, start, type StartOptions } from "./server.ts";
import { statusOf } from "./status.ts";
import { folderWith } from "./temp.ts";
import { PATIENCE, until } from "./wait.ts";

/** A server whose workers are watched by its control socket. */
export interface Watched {
  server: Running;
  /** The folder of its control socket. */
  folder: string;
  /** Its main workers, as `quintet status` reports them. */
  pool(): Promise<PoolStatus>;
  /** The pids of the workers that take requests. */
  ready(): Promise<number[]>;
  /** Wait until the workers are as they should be. */
  until(
    holds: (pool: PoolStatus) => boolean,
    what: string,
    milliseconds?: number,
  ): Promise<PoolStatus>;
}

export async function watched(
  t: TestContext,
  target: string,
  options: StartOptions = {},
): Promise<Watched> {
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
        // The front is too busy to answer yet.
        return found !== undefined && holds(found);
      };
      await until(look, what, milliseconds).catch((error: Error) => {
        throw new Error(`${error.message}: ${JSON.stringify(found)}`, { cause: error });
      });
      return found as PoolStatus;
    },
  };
}

/** Wait until a server, asked through its usual control socket, has this many workers that take requests; returns their pids. */
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

/** Check a condition on the workers repeatedly; violations are returned at the end. */
export function always(
  { pool }: Watched,
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

/** The pids of replaced workers and the reasons, from the log. */
export function replacements(server: Running): { pid: number; why: string }[] {
  return server.log().flatMap(({ msg = "", worker = 0 }) => {
    const why = /^worker is replaced: (.*)$/.exec(msg)?.[1];
    return why === undefined ? [] : [{ pid: worker, why }];
  });
}
