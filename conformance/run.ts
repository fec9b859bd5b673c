// npm run conformance: both tables against Quintet and its peers; writes docs/reference/conformance.md.
//
//   --servers quintet,granian     only these; the page is left as it is
//   --only close-after-head       only these cases, or those of one table (pep, http); the page is left as it is
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs, styleText } from "node:util";
import { root } from "../testing/paths.ts";
import { page, type Results } from "./page.ts";
import { installPeers } from "../peers/environment.ts";
import { type Server, servers } from "./servers.ts";
import { Site } from "./site.ts";
import { casesFor, type Table, tables } from "./tables.ts";

const { values } = parseArgs({
  options: { servers: { type: "string" }, only: { type: "string" } },
});
const chosen = values.servers?.split(",");
const only = values.only?.split(",");
const say = (text: string): void => void process.stderr.write(`${text}\n`);

async function run(server: Server, table: Table): Promise<Results> {
  const results: Results = {};
  const cases = casesFor(table, server.language).filter(
    ({ id }) => !only || only.includes(id) || only.includes(table.id),
  );
  if (cases.length === 0) return results;
  const site = new Site(server, table.app);
  const began = performance.now();
  try {
    for (const each of cases) {
      const came = await site.judge(each);
      results[each.id] = came;
      if (came !== null) say(`  ${styleText("red", "✗")} ${each.id}: ${came}`);
    }
  } finally {
    await site.remove();
  }
  const kept = Object.values(results).filter((came) => came === null).length;
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  const restarts = site.restarts > 0 ? `, started anew ${site.restarts} times` : "";
  say(`${server.title}, ${table.title}: ${kept} of ${cases.length} (${seconds} s${restarts})`);
  return results;
}

/** Compiled servers are not available everywhere: uWSGI and mod_wsgi. */
function isThere(server: Server): boolean {
  const program = server.command({ port: 0, app: "", scratch: "" })[0] as string;
  if (existsSync(program)) return true;
  say(`${server.title} is not installed (${program}): CONTRIBUTING.md says what it needs`);
  return false;
}

await installPeers();
const found = new Map<Server, Record<string, Results>>();
for (const server of servers) {
  if ((chosen && !chosen.includes(server.id)) || !isThere(server)) continue;
  const results: Record<string, Results> = {};
  for (const table of tables) results[table.id] = await run(server, table);
  found.set(server, results);
}

if (found.size < servers.length || only) say("docs/reference/conformance.md is left as it is");
else {
  const file = join(root, "docs", "reference", "conformance.md");
  writeFileSync(file, page(tables, found));
  say("docs/reference/conformance.md is written");
}
const ours = [...found].filter(([server]) => server.distribution === undefined);
const failed = ours.flatMap(([, results]) => Object.values(results).flatMap(Object.values));
process.exitCode = failed.some((came) => came !== null) ? 1 : 0;
