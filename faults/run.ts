// npm run faults: every fault against Quintet and its peers under load; writes docs/reference/faults.md.
//
//   --servers quintet,granian     only these; the page is left as it is
//   --only reload,kill-workers    only these faults; the page is left as it is
//   --requests 7500               at least so many requests to each server for each fault
//   --short                       few requests, to see whether all runs; the page is left as it is
import { parseArgs, styleText } from "node:util";
import { hostsEnvironment } from "../scripts/lib/hosts.ts";
import type { Fault } from "./fault.ts";
import { measure, type Result, type Size } from "./measure.ts";
import { faults } from "./scenarios/all.ts";
import { hostsPython, isThere, type Server, servers } from "./servers.ts";
import { withoutSmallDisk } from "./small-disk.ts";
import { summary } from "./summary.ts";
import { World } from "./world.ts";

const { values } = parseArgs({
  options: {
    servers: { type: "string" },
    only: { type: "string" },
    requests: { type: "string", default: "7500" },
    short: { type: "boolean", default: false },
    output: { type: "boolean", default: false },
  },
});
const say = (text: string): void => void process.stderr.write(`${text}\n`);
const chosen = values.servers?.split(",");
const only = values.only?.split(",");
const size: Size = values.short
  ? { requests: 600, seconds: 15 }
  : { requests: Number(values.requests), seconds: 45 };

await hostsEnvironment();
say("PostgreSQL and the shop");
const world = await World.open(hostsPython);
const found = new Map<Server, Map<Fault, Result | null>>();
try {
  for (const server of servers.filter(({ id }) => !chosen || chosen.includes(id))) {
    if (!isThere(server)) {
      say(`${server.title} is not installed: CONTRIBUTING.md says what it needs`);
      continue;
    }
    say(styleText("bold", server.title));
    const results = new Map<Fault, Result | null>();
    for (const fault of faults.filter(({ id }) => !only || only.includes(id))) {
      if (fault.smallDisk && withoutSmallDisk) {
        say(`  ${fault.title}: left out, ${withoutSmallDisk}`);
        continue;
      }
      const began = performance.now();
      const result = await measure(world, server, fault, size);
      results.set(fault, result);
      if (result === null) continue;
      const seconds = ((performance.now() - began) / 1000).toFixed(0);
      say(`  ${fault.title}: ${summary(result)} (${seconds} s)`);
      if (values.output) say(result.output);
    }
    found.set(server, results);
  }
} finally {
  await world.close();
}
