import { allDay } from "../../testing/all-day.ts";
import { connection } from "./grammar.ts";
import { mutate, packets } from "./mutate.ts";
import { Random } from "./random.ts";

/** What is sent on one connection. */
export interface Case {
  index: number;
  bytes: string;
  /** The same in packets. */
  packets: string[];
}

/** From FUZZ_SEED; the same in every run of CI. */
export const seed: number = Number(process.env.FUZZ_SEED ?? 20260);
const count = Number(process.env.FUZZ_COUNT ?? (allDay ? 50_000 : 2500));
/** From FUZZ_CASE: only this one. */
const only = process.env.FUZZ_CASE;

/** Each case depends only on its number and the seed. */
export function cases(): Case[] {
  const indices = only === undefined ? Array.from({ length: count }).keys() : [Number(only)];
  return Array.from(indices, (index) => {
    const random = new Random(seed, index);
    const bytes = mutate(connection(random), random);
    return { index, bytes, packets: packets(bytes, random) };
  });
}

/** For looking at a single case. */
export function again({ index, bytes }: Case): string {
  const command = `FUZZ_SEED=${seed} FUZZ_CASE=${index} node --conditions=quintet-source --test tests/fuzz/fuzz.alone.test.ts`;
  const shown = JSON.stringify(bytes).replace(/y{100,}/g, (many) => `…${many.length} y…`);
  return `${shown}\n    ${command}`;
}
