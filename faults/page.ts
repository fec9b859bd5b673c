import { cpus } from "node:os";
import type { Fault } from "./fault.ts";
import { type Kind, kinds, ordinary } from "./load/kinds.ts";
import type { Result } from "./measure.ts";
import { commandLine } from "./command-line.ts";
import { versionOf } from "../peers/versions.ts";
import type { Server } from "./servers.ts";
import { why } from "./summary.ts";

/** By server, then by fault; null if the server has not what the fault is about. */
export type Results = Map<Server, Map<Fault, Result | null>>;

/** What the figures were made on. */
export interface Ground {
  /** What was typed. */
  command: string;
  python: string;
  postgres: string;
}

/** docs/reference/faults.md. */
export function page(faults: Fault[], found: Results, ground: Ground): string {
  return `# Faults

Made by \`${ground.command}\`: [the example](../../examples/oms/README.md) serves a steady load while
something goes wrong, and lost requests are counted. Every server has two workers, and serves the same Django project on the same
PostgreSQL.

The clients run in a separate process:

${mix()}

They never retry, and compare each response with the expected one. A request is *lost* if it got anything else: a refused or reset
connection, a truncated body, 500, 502, 503, 504, wrong content, or nothing within 15 seconds. Closing an idle connection does not count
as a loss.

Measured on ${cpus().length} cores, which the clients and PostgreSQL used as well, with Python ${ground.python}, PostgreSQL ${ground.postgres} and Node
${process.versions.node}. A client waits for each response before it sends its next request, so a slower server gets fewer requests.

## Requests lost and sent, and the longest wait of a bystander

A bystander is a client that got its response and was not the target of the fault. A dash (–) means that the server lacks the feature
that the fault is about. A number in parentheses refers to the list below.

${table(faults, found)}

${sums(found)}

## Why

${reasons(faults, found)}

## What is done

${faults.map(({ title, how }) => `- **${title}**: ${how}`).join("\n")}

## How the servers are started

| server | command | for the fault |
| --- | --- | --- |
${[...found.keys()].map((server) => commands(server, faults)).join("\n")}
`;
}

function mix(): string {
  const parts = ordinary.map((name) => {
    const { clients, does } = kinds[name] as Kind;
    return `- ${clients} ${does}`;
  });
  return parts.join("\n");
}

/** The cells that have a reason, in the order of the page. */
function numbered(faults: Fault[], found: Results): Map<Result, number> {
  const numbers = new Map<Result, number>();
  for (const fault of faults) {
    for (const results of found.values()) {
      const result = results.get(fault);
      if (result && why(result) !== "") numbers.set(result, numbers.size + 1);
    }
  }
  return numbers;
}

function table(faults: Fault[], found: Results): string {
  const numbers = numbered(faults, found);
  const servers = [...found.keys()];
  const heads = servers.map(
    (server) => `[${server.title}](${server.docs}) ${versionOf(server.distribution)}`,
  );
  const rows = faults.map((fault) => {
    const cells = servers.map((server) => {
      const result = found.get(server)?.get(fault);
      if (!result) return "–";
      const { lost, report } = result;
      const number = numbers.has(result) ? ` (${numbers.get(result)})` : "";
      const seconds = (report.wait.milliseconds / 1000).toFixed(2);
      return `${figure(lost)} of ${figure(report.sent)} · ${seconds} s${number}`;
    });
    return `| ${[fault.title, ...cells].join(" | ")} |`;
  });
  return [
    `| fault | ${heads.join(" | ")} |`,
    `| --- |${" --: |".repeat(servers.length)}`,
    ...rows,
  ].join("\n");
}

function reasons(faults: Fault[], found: Results): string {
  const titles = new Map<Result, string>();
  for (const [server, results] of found) {
    for (const fault of faults) {
      const result = results.get(fault);
      if (result) titles.set(result, `${server.title}, ${fault.title}`);
    }
  }
  return Array.from(
    numbered(faults, found),
    ([result, number]) => `${number}. ${titles.get(result)}: ${why(result)}`,
  ).join("\n");
}

function sums(found: Results): string {
  const parts = Array.from(found, ([server, results]) => {
    const all = [...results.values()].filter((each) => each !== null);
    const sent = all.reduce((sum, { report }) => sum + report.sent, 0);
    const left = all.reduce((sum, each) => sum + each.left, 0);
    return `${server.title} ${figure(sent)} (${left} left over)`;
  });
  return `Requests in total, and processes that outlived their server: ${parts.join(", ")}.`;
}

function commands(server: Server, faults: Fault[]): string {
  const options = faults.flatMap((fault) => {
    const more = fault.options(server.can, "DISK") ?? [];
    return more.length > 0 ? [`${fault.title}: \`${more.join(" ")}\``] : [];
  });
  return `| ${server.title} | \`${commandLine(server)}\` | ${options.join("; ")} |`;
}

function figure(value: number): string {
  return value.toLocaleString("en-US");
}
