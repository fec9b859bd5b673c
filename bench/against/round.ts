import type { Options } from "./options.ts";
import { startSide } from "./side.ts";
import type { Side, Surroundings } from "./side.ts";
import { contestant, turn, warmUp } from "./turn.ts";
import type { Figures } from "./turn.ts";
import type { Workload } from "./workloads.ts";

/** Two consecutive turns, one of each side. */
export interface Pair {
  base: Figures;
  head: Figures;
}

/** The two sides; the first of them has the first turn. */
export type Sides = [Side, Side];

export interface Round {
  pairs: Pair[];
  /** Share of a core that other programs used, turn by turn. */
  others: number[];
}

/** Runs pairs as A B, B A, A B, …: a drift of the machine favours neither side. */
async function inTurns(
  sides: Sides,
  count: number,
  run: (side: Side) => Promise<Figures>,
): Promise<Pair[]> {
  const pairs: Pair[] = [];
  for (let index = 0; index < count; index++) {
    const pair: Partial<Pair> = {};
    for (const side of index % 2 ? sides.toReversed() : sides) pair[side.name] = await run(side);
    pairs.push(pair as Pair);
  }
  return pairs;
}

/** Starts both servers of a workload, runs their turns, and stops them. */
async function loadRound(
  sides: Sides,
  workload: Workload,
  surroundings: Surroundings,
  options: Options,
): Promise<Round> {
  const starting = sides.map((side) => startSide(side, workload, surroundings));
  const others: number[] = [];
  try {
    const running = await Promise.all(
      starting.map(async (started) => contestant(await started, workload)),
    );
    await Promise.all(running.map((each) => warmUp(each, options)));
    const pairs = await inTurns(sides, options.pairs, async (side) => {
      const measured = await turn(running[sides.indexOf(side)], options);
      others.push(measured.others);
      return measured.figures;
    });
    return { pairs, others };
  } finally {
    const started = await Promise.allSettled(starting);
    await Promise.all(
      started.map((each) => (each.status === "fulfilled" ? each.value.server.stop() : undefined)),
    );
  }
}

/** Starts and stops a server of each side in turn. */
async function startRound(
  sides: Sides,
  workload: Workload,
  surroundings: Surroundings,
  options: Options,
): Promise<Round> {
  const pairs = await inTurns(sides, options.pairs, async (side) => {
    const { server, took } = await startSide(side, workload, surroundings);
    await server.stop();
    return { start: took };
  });
  return { pairs, others: [] };
}

/** One round of a workload: servers that are started anew, and some pairs of turns. */
export function measureRound(
  sides: Sides,
  workload: Workload,
  surroundings: Surroundings,
  options: Options,
): Promise<Round> {
  const measure = workload.startsOnly ? startRound : loadRound;
  return measure(sides, workload, surroundings, options);
}
