import { parseArgs } from "node:util";
import { servers } from "./servers.ts";
import type { Server } from "./servers.ts";
import { workloads } from "./workloads.ts";
import type { Workload } from "./workloads.ts";

/** What the command line asks for. */
export interface Options {
  servers: Server[];
  workloads: Workload[];
  rounds: number;
  seconds: number;
  warmup: number;
  connections: number;
  workers: number;
  json?: string;
  from?: string;
  markdown: boolean;
  check: boolean;
}

export const usage: string = `node bench/run.ts [options]

  --servers LIST      of ${servers.map(({ name }) => name).join(", ")}
                      (default: ${names(servers.filter(({ extra }) => !extra))})
  --workloads LIST    of ${names(workloads)} (default: all)
  --rounds N          how often each server has its turn (5)
  --seconds N         how long each turn measures (4)
  --warmup N          seconds of load before that (1)
  --connections N     (32)
  --workers N         worker processes of every server (1)
  --json FILE         write every sample
  --from FILE         measure nothing, report a file that --json wrote
  --markdown          report as Markdown
  --check             exit 1 when a target is missed
`;

function names(entries: { name: string }[]): string {
  return entries.map(({ name }) => name).join(",");
}

function chosen<Entry extends { name: string }>(list: string, all: Entry[], flag: string): Entry[] {
  return list.split(",").map((name) => {
    const entry = all.find((candidate) => candidate.name === name);
    if (!entry) throw new Error(`--${flag}: there is no ${name}, only ${names(all)}`);
    return entry;
  });
}

function count(text: string, flag: string, least = 1): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least)
    throw new Error(`--${flag}: a whole number from ${least} up, not ${text}`);
  return value;
}

/** Reads the command line; returns nothing if it asks for help. */
export function readOptions(args: string[]): Options | undefined {
  const { values } = parseArgs({
    args,
    options: {
      servers: { type: "string", default: names(servers.filter(({ extra }) => !extra)) },
      workloads: { type: "string", default: names(workloads) },
      rounds: { type: "string", default: "5" },
      seconds: { type: "string", default: "4" },
      warmup: { type: "string", default: "1" },
      connections: { type: "string", default: "32" },
      workers: { type: "string", default: "1" },
      json: { type: "string" },
      from: { type: "string" },
      markdown: { type: "boolean", default: false },
      check: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return undefined;
  return {
    servers: chosen(values.servers, servers, "servers"),
    workloads: chosen(values.workloads, workloads, "workloads"),
    rounds: count(values.rounds, "rounds"),
    seconds: count(values.seconds, "seconds"),
    warmup: count(values.warmup, "warmup", 0),
    connections: count(values.connections, "connections"),
    workers: count(values.workers, "workers"),
    json: values.json,
    from: values.from,
    markdown: values.markdown,
    check: values.check,
  };
}
