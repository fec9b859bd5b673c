import { parseArgs } from "node:util";
import { workloads } from "./workloads.ts";
import type { Workload } from "./workloads.ts";

/** What the command line asks for. */
export interface Options {
  revision: string;
  workloads: Workload[];
  secondsTotal: number;
  turn: number;
  warmup: number;
  pairs: number;
  connections: number;
  json?: string;
  check: boolean;
}

const names = workloads.map(({ name }) => name).join(",");
/** A minute is enough for two: more of them would get so few pairs that nothing could be told. */
const usual = "hello,django";

export const usage: string = `node bench/against/run.ts REV [options]

Compares the working tree with the commit REV, in pairs of short turns.

  --seconds-total N   how long all of it takes, unless something seems to differ (60)
  --workloads LIST    of ${names} (${usual})
  --turn N            seconds of load in each turn (0.25)
  --warmup N          seconds of load on both servers before their first turn (2)
  --pairs N           pairs of turns for each start of the servers (20)
  --connections N     (32)
  --json FILE         write every sample
  --check             exit 1 when something is slower
`;

function positive(text: string, flag: string): number {
  const value = Number(text);
  if (!(value > 0 && value < Infinity))
    throw new Error(`--${flag}: expected a number above 0, not "${text}"`);
  return value;
}

function whole(text: string, flag: string): number {
  const value = positive(text, flag);
  if (!Number.isInteger(value)) throw new Error(`--${flag}: expected a whole number, not ${text}`);
  return value;
}

function chosen(list: string): Workload[] {
  return list.split(",").map((name) => {
    const found = workloads.find((workload) => workload.name === name);
    if (!found) throw new Error(`--workloads: there is no "${name}", only ${names}`);
    return found;
  });
}

/** Reads the command line; returns nothing if it asks for help. */
export function readOptions(args: string[]): Options | undefined {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      "seconds-total": { type: "string", default: "60" },
      workloads: { type: "string", default: usual },
      turn: { type: "string", default: "0.25" },
      warmup: { type: "string", default: "2" },
      pairs: { type: "string", default: "20" },
      connections: { type: "string", default: "32" },
      json: { type: "string" },
      check: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return undefined;
  const [revision, ...more] = positionals;
  if (!revision || more.length)
    throw new Error(`expected one revision to compare with, such as HEAD~1 or main\n\n${usage}`);
  return {
    revision,
    workloads: chosen(values.workloads),
    secondsTotal: positive(values["seconds-total"], "seconds-total"),
    turn: positive(values.turn, "turn"),
    warmup: positive(values.warmup, "warmup"),
    pairs: whole(values.pairs, "pairs"),
    connections: whole(values.connections, "connections"),
    json: values.json,
    check: values.check,
  };
}
