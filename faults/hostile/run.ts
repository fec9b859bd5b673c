// npm run faults:hostile: what hostile clients cost Quintet and its peers; writes docs/reference/hostile-clients.md.
//
//   --servers quintet,granian     only these; the page is left as it is
//   --only pipelining             only these attacks; the page is left as it is
//   --seconds 10                  how long each attack lasts
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs, styleText } from "node:util";
import { installPeers } from "../../peers/environment.ts";
import { root } from "../../testing/paths.ts";
import { chosen } from "../chosen.ts";
import { isThere, servers } from "../servers.ts";
import { attacks } from "./attacks.ts";
import { costOf } from "./measure.ts";
import { type Costs, page, summary } from "./page.ts";

const SECONDS = "10";

const { values } = parseArgs({
  options: {
    servers: { type: "string" },
    only: { type: "string" },
    seconds: { type: "string", default: SECONDS },
  },
});
const say = (text: string): void => void process.stderr.write(`${text}\n`);

for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
  process.on(name, () => process.exit(1));

const whichServers = chosen(servers, values.servers);
const whichAttacks = chosen(attacks, values.only);
await installPeers();
const found: Costs = new Map();
for (const server of whichServers) {
  if (!isThere(server)) {
    say(`${server.title} is not installed: CONTRIBUTING.md says what it needs`);
    continue;
  }
  say(styleText("bold", server.title));
  const costs = new Map();
  for (const attack of whichAttacks) {
    const cost = await costOf(server, attack, Number(values.seconds)).catch((error: Error) => {
      say(styleText("red", `  ✗ ${attack.title}: ${error.stack}`));
      process.exitCode = 1;
      return null;
    });
    costs.set(attack, cost);
    if (cost) say(`  ${attack.title}: ${summary(cost)}`);
  }
  found.set(server, costs);
}
const given = process.argv.slice(2);
const command = ["npm run faults:hostile", ...(given.length > 0 ? ["--"] : []), ...given].join(" ");
const text = page(whichAttacks, found, Number(values.seconds), command);
if (found.size < servers.length || whichAttacks.length < attacks.length) {
  process.stdout.write(text);
  say("docs/reference/hostile-clients.md is left as it is");
} else {
  writeFileSync(join(root, "docs", "reference", "hostile-clients.md"), text);
  say("docs/reference/hostile-clients.md is written");
}
