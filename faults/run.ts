// npm run faults: every fault against Quintet and its peers under load; writes docs/reference/faults.md.
//
//   --servers quintet,granian     only these; the page is left as it is
//   --only reload,kill-workers    only these faults; the page is left as it is
//   --requests 100000             how many are sent to Quintet for all faults together; to the others as many, or what
//                                 they answer within 25 seconds for each fault
//   --short                       few requests, to see whether all runs; the page is left as it is
//   --markdown                    print the page, whatever was left out
//   --json FILE                   keep what is found in a file, too
//   --from FILE,FILE              measure nothing, make the page of what such files have; of two figures the last one's
//   --output                      print what each server has written, and the first failures of each fault
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs, styleText } from "node:util";
import { installPeers } from "../peers/environment.ts";
import { root } from "../testing/paths.ts";
import { chosen } from "./chosen.ts";
import type { Fault } from "./fault.ts";
import { measure, type Result, type Size } from "./measure.ts";
import { type Ground, page, type Results } from "./page.ts";
import { restore, save } from "./saved.ts";
import { changes, faults } from "./scenarios/all.ts";
import { isThere, type Server, servers } from "./servers.ts";
import { withoutSmallDisk } from "./small-disk.ts";
import { summary } from "./summary.ts";
import { World } from "./world.ts";

const REQUESTS = "100000";

const { values } = parseArgs({
  options: {
    servers: { type: "string" },
    only: { type: "string" },
    requests: { type: "string", default: REQUESTS },
    short: { type: "boolean", default: false },
    markdown: { type: "boolean", default: false },
    json: { type: "string" },
    from: { type: "string" },
    output: { type: "boolean", default: false },
  },
});
const say = (text: string): void => void process.stderr.write(`${text}\n`);

function sizeFor(server: Server): Size {
  if (values.short) return { requests: 600, seconds: 15 };
  const requests = Math.ceil(Number(values.requests) / faults.length);
  return { requests, seconds: server.distribution === undefined ? 120 : 25 };
}

let unmeasured = 0;

async function strikeAll(world: World, server: Server, which: Fault[]) {
  const results = new Map<Fault, Result | null>();
  for (const fault of which) {
    const began = performance.now();
    let result: Result | null;
    try {
      result = await measure(world, server, fault, sizeFor(server));
    } catch (error) {
      // The others are still worth half an hour.
      say(styleText("red", `  ✗ ${(error as Error).stack}`));
      unmeasured += 1;
      continue;
    }
    results.set(fault, result);
    if (result === null) continue;
    const seconds = ((performance.now() - began) / 1000).toFixed(0);
    say(`  ${fault.title}: ${summary(result)} (${seconds} s)`);
    if (values.output) say([result.output, ...result.report.samples].join("\n"));
  }
  return results;
}

// What is on its way is cleaned up at the exit; the servers end with this process.
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
  process.on(name, () => process.exit(1));

const whichServers = chosen(servers, values.servers);
const whichFaults = chosen(faults, values.only).filter(({ smallDisk, title }) => {
  if (!smallDisk || !withoutSmallDisk) return true;
  say(`${title}: left out, ${withoutSmallDisk}`);
  return false;
});
const given = process.argv.slice(2);
const command = ["npm run faults", ...(given.length > 0 ? ["--"] : []), ...given].join(" ");
async function measureAll(): Promise<{ found: Results; ground: Ground }> {
  await installPeers();
  say("PostgreSQL, and a shop's worth of data");
  const world = await World.open();
  const found: Results = new Map();
  const ground = { command, ...world.versions };
  try {
    for (const server of whichServers) {
      if (!isThere(server)) {
        say(`${server.title} is not installed: CONTRIBUTING.md says what it needs`);
        continue;
      }
      say(styleText("bold", server.title));
      found.set(server, await strikeAll(world, server, whichFaults));
      if (values.json) save(values.json, ground, found);
    }
  } finally {
    await world.close();
  }
  return { found, ground };
}

const { found, ground } = values.from
  ? restore(values.from.split(","), whichFaults)
  : await measureAll();
const text = page(whichFaults, found, ground);
if (values.markdown) process.stdout.write(text);
const whole =
  found.size === servers.length &&
  whichFaults.length === faults.length &&
  unmeasured === 0 &&
  Number(values.requests) >= Number(REQUESTS);
if (!whole || values.short) say("docs/reference/faults.md is left as it is");
else {
  writeFileSync(join(root, "docs", "reference", "faults.md"), text);
  say("docs/reference/faults.md is written");
}
const ours = [...found].filter(([{ distribution }]) => distribution === undefined);
const lost = ours.flatMap(([, results]) => changes.map((change) => results.get(change)?.lost ?? 0));
process.exitCode = unmeasured > 0 || lost.some((count) => count > 0) ? 1 : 0;
