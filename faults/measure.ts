import { setTimeout as sleep } from "node:timers/promises";
import { logIn } from "../bench/orders.ts";
import { isAlive } from "../testing/processes.ts";
import { until } from "../testing/wait.ts";
import type { Fault } from "./fault.ts";
import { type Came, exchange, newConnections } from "./load/exchange.ts";
import { ordinary } from "./load/kinds.ts";
import { Load } from "./load/load.ts";
import type { Report } from "./load/tally.ts";
import type { Server } from "./servers.ts";
import { Site } from "./site.ts";
import type { World } from "./world.ts";

/** How many requests a server gets for one fault. */
export interface Size {
  /** The load continues until this many requests are sent, and at least until the fault is over. */
  requests: number;
  /** Fewer if that takes more than this many seconds. */
  seconds: number;
  /** Repeated actions of a fault run only a few times. */
  short?: boolean;
}

/** What a fault did to a server. */
export interface Result {
  report: Report;
  /** How many workers have answered. */
  workers: number;
  /** Requests without the right response, although the application could have given it. */
  lost: number;
  /** The outcome of the fault's own requests. */
  aimed: Came[];
  /** What the figures do not show. */
  notes: string[];
  /** Processes that outlived the server. */
  left: number;
  /** What the server has written. */
  output: string;
}

/** Milliseconds of load before and after the fault, because damage may show late. */
const BEFORE = 1000;
const AFTER = 2000;

/** Strike a server under load with a fault. Null if the server lacks the feature. */
export async function measure(
  world: World,
  server: Server,
  fault: Fault,
  size: Size,
): Promise<Result | null> {
  if (fault.options(server.can, "") === null) return null;
  const options = (disk: string): string[] => fault.options(server.can, disk) ?? [];
  const site = await Site.start(server, world, options, fault.smallDisk === true);
  const notes: string[] = [];
  const note = (text: string): void => void notes.push(text);
  const aimed: Came[] = [];
  let ended: { report: Report; workers: number };
  try {
    const headers = await logIn(site.port, "/orders/");
    const kinds = [...ordinary, ...(fault.clients ?? [])];
    const load = await Load.start({ port: site.port, headers, kinds });
    try {
      const end = performance.now() + size.seconds * 1000;
      await sleep(BEFORE);
      const aim = async (path: string, count: number): Promise<Came[]> => {
        const all = Array.from({ length: count }, () =>
          exchange(site.port, newConnections(), { path }),
        );
        aimed.push(...(await Promise.all(all)));
        return aimed;
      };
      const short = size.short === true;
      await fault.strike?.({ site, can: server.can, load, world, short, aim, note });
      await sleep(AFTER);
      const isOver = (): boolean => load.sent >= size.requests || !isAlive(site.main);
      await until(isOver, "all are sent", Math.max(0, end - performance.now())).catch(() => {});
      ended = await load.stop();
    } finally {
      load.kill();
    }
    if (!isAlive(site.main)) note("the server has ended");
    else if (!(await site.answers())) note("the server does not answer any more");
  } catch (error) {
    const output = site.output();
    await site.stop();
    throw new Error(`${server.title}, ${fault.title}:\n${output.slice(-4000)}`, { cause: error });
  }
  const { left, killed } = await site.stop();
  if (killed) note("the server did not end when it was told to");
  const failed = Object.entries(ended.report.failed);
  const counted = failed.filter(([failure]) => !fault.excused?.includes(failure));
  const lost = counted.reduce((sum, [, count]) => sum + count, 0);
  return { ...ended, lost, aimed, notes, left, output: site.output() };
}
