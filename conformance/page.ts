import { versionOf } from "../peers/versions.ts";
import type { Server } from "./servers.ts";
import { casesFor, type Table } from "./tables.ts";

/** By the id of a case: null if the rule was kept, else what came instead. */
export type Results = Record<string, string | null>;

/** By server, then by table. */
export type AllResults = Map<Server, Record<string, Results>>;

/** docs/reference/conformance.md. Nothing in it depends on when it was made. */
export function page(tables: Table[], found: AllResults): string {
  return `# Conformance

Made by \`npm run conformance\`. Each rule is a case in \`conformance/\`: a real server, started as its documentation
recommends, gets a request over a socket, and the specification alone decides about its response. Where the specification allows several
responses, all are accepted. The cases were committed before there were results.

Rules that cannot be observed from outside have no case: that a server documents its variables ("environ Variables"), that it can put
name-value pairs into environ ("Application Configuration"), that it can run a single thread ("Thread Support"), and the rules for a
server's own extensions ("Server Extension APIs").

## Scores

Each cell shows how many rules a server keeps. *Must* and *should* have the specification's meaning.

${scores(tables, found)}

${tables.map((table) => rules(table, found)).join("\n")}
## What other servers do instead

These are raw results. A failure may be a deliberate decision of the server's authors.

${[...found.keys()]
  .filter((server) => server.distribution !== undefined)
  .map((server) => failures(server, tables, found))
  .join("\n")}`;
}

function scores(tables: Table[], found: AllResults): string {
  // A table may have no "should".
  const columns = tables.flatMap((table) =>
    (["must", "should"] as const)
      .filter((level) => table.cases.some((each) => (each.level ?? "must") === level))
      .map((level) => ({ table, level })),
  );
  const titles = columns.map(({ table, level }) => `${table.title}, ${level}`);
  const rows = Array.from(found, ([server, results]) => {
    const cells = columns.map(({ table, level }) => {
      const cases = casesFor(table, server.language).filter(
        (each) => (each.level ?? "must") === level,
      );
      const kept = cases.filter(({ id }) => results[table.id]?.[id] === null);
      return `${kept.length} / ${cases.length}`;
    });
    return `| [${server.title}](${server.docs}) | ${[versionOf(server.distribution), ...cells].join(" | ")} |`;
  });
  return `| server | version | ${titles.join(" | ")} |
| --- | --- |${" --: |".repeat(titles.length)}
${rows.join("\n")}`;
}

function rules(table: Table, found: AllResults): string {
  const ours = [...found].filter(([server]) => server.distribution === undefined);
  const rows = table.cases.map((each) => {
    const cells = ours.map(([server, results]) => {
      if (server.language === "typescript" && each.pythonOnly !== undefined) return "–";
      if (results[table.id]?.[each.id] === null) return "✓";
      return each.onDemand === undefined ? "✗" : "○";
    });
    const level = each.level === "should" ? " *(should)*" : "";
    return `| \`${each.id}\` | ${text(each.rule)}${level} | ${text(each.section)} | ${cells.join(" | ")} |`;
  });
  const reasons = [...Map.groupBy(table.cases, (each) => each.pythonOnly)].flatMap(
    ([reason, cases]) =>
      reason === undefined
        ? []
        : [`- ${cases.map(({ id }) => `\`${id}\``).join(", ")}: ${text(reason)}`],
  );
  const demands = table.cases.flatMap(({ id, onDemand }) =>
    onDemand === undefined
      ? []
      : [`- \`${id}\`, with \`${onDemand.flag}\`. ${text(onDemand.reason)}`],
  );
  return `## ${table.title}

| case | rule | section | Python | TypeScript |
| --- | --- | --- | :-: | :-: |
${rows.join("\n")}
${demands.length === 0 ? "" : `\nWhat Quintet does only with a flag (○):\n\n${demands.join("\n")}\n`}${reasons.length === 0 ? "" : `\nRules that do not apply to TypeScript:\n\n${reasons.join("\n")}\n`}`;
}

function failures(server: Server, tables: Table[], found: AllResults): string {
  const lines = tables.flatMap((table) => {
    const results = found.get(server)?.[table.id] ?? {};
    const failed = table.cases.filter(({ id }) => results[id] !== null && id in results);
    if (failed.length === 0) return [];
    return [
      `${table.title}:\n`,
      ...failed.map(({ id }) => `- \`${id}\`: ${text(results[id] as string)}`),
      "",
    ];
  });
  return `### ${server.title}\n\n${lines.length === 0 ? "Nothing.\n" : lines.join("\n")}`;
}

/** Marks of Markdown that a rule or a message may have. */
function text(each: string): string {
  return each.replaceAll(/[\\|*<]|__/g, (mark) => `\\${mark.split("").join("\\")}`);
}
