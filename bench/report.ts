import { own, ratioOf } from "./results.ts";
import type { Column, Results } from "./results.ts";
import type { Sample } from "./measure.ts";
import { spread } from "./statistics.ts";
import type { Spread } from "./statistics.ts";
import { verdicts } from "./targets.ts";

/** Grouped by thousands from 10 up, with a digit behind the point below: no figure here is exacter than that. */
function figure(value: number): string {
  return value < 10 ? value.toFixed(1) : Math.round(value).toLocaleString("en-US");
}

function reach({ median, min, max }: Spread, write: (value: number) => string = figure): string {
  if (min === max) return write(median);
  return `${write(median)} (${write(min)}–${write(max)})`;
}

const heads = [
  "server",
  "rps",
  "p50 ms",
  "p99 ms",
  "CPU µs/req",
  "memory MiB",
  `${own} is`,
  "wrk CPU",
  "other CPU",
  "loop ms",
];

function row(column: Column, columns: Column[], version: string): string[] {
  const name = `${column.title} ${version}`;
  if (column.failure)
    return [
      name,
      `failed: ${column.failure.split("\n", 1)[0]}`,
      ...Array(heads.length - 2).fill(""),
    ];
  const of = (pick: (sample: Sample) => number): Spread => spread(column.samples.map(pick));
  const milliseconds = (value: number): string => (value / 1000).toFixed(value < 1000 ? 2 : 1);
  const ratio = column.server === own ? undefined : ratioOf(columns, column.server);
  const share = (value: number): string => `${Math.round(value * 100)}%`;
  return [
    name,
    reach(of(({ rps }) => rps)),
    reach(
      of(({ p50 }) => p50),
      milliseconds,
    ),
    reach(
      of(({ p99 }) => p99),
      milliseconds,
    ),
    reach(of(({ cpuPerRequest }) => cpuPerRequest)),
    figure(of((sample) => sample.memoryBytes / 2 ** 20).median),
    ratio ? `${reach(ratio, (value) => value.toFixed(2))}×` : "",
    share(of(({ loaderCpu }) => loaderCpu).median),
    share(of(({ otherCpu }) => otherCpu).median),
    reach(of(({ loopMs }) => loopMs)),
  ];
}

function markdownTable(rows: string[][]): string {
  const rule = rows[0].map((_, index) => (index ? "---:" : "---"));
  return [rows[0], rule, ...rows.slice(1)].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function textTable(rows: string[][]): string {
  // A failure's text is a sentence: it must not widen the column it stands in.
  const widths = rows[0].map((_, index) =>
    Math.max(...rows.map((cells) => (cells[index].startsWith("failed") ? 0 : cells[index].length))),
  );
  return rows
    .map((cells) =>
      cells
        .map((cell, index) => (index ? cell.padStart(widths[index]) : cell.padEnd(widths[index])))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** The whole report: where, how, a table a workload, the targets. The same words as text or as Markdown. */
export function report(results: Results, markdown: boolean): string {
  const { machine, options } = results;
  const table = markdown ? markdownTable : textTable;
  const title = (text: string): string => (markdown ? `### ${text}` : `\n${text}`);
  const parts = [
    `${machine.date}: ${machine.cores} cores of ${machine.cpu}, ${machine.memoryGiB} GiB, Linux ${machine.kernel}; ` +
      `Node ${machine.node}, Python ${machine.python}, wrk ${machine.wrk}. Workers: ${options.workers}, ` +
      `connections: ${options.connections}. Rounds: ${options.rounds} of ${options.seconds} s. ` +
      `Median (lowest–highest).`,
  ];
  for (const { name, title: text, columns } of results.workloads) {
    parts.push(title(`${name}: ${text}`));
    parts.push(
      table([
        heads,
        ...columns.map((column) => row(column, columns, results.versions[column.server])),
      ]),
    );
  }
  const held = verdicts(results);
  if (held.length)
    parts.push(
      title("Targets"),
      held.map(({ text, met }) => `- ${met ? "met" : "MISSED"}: ${text}`).join("\n"),
    );
  if (results.workloads.length) {
    const commands = results.workloads[0].columns
      .map(({ command }) => (markdown ? command : `  ${command}`))
      .join("\n");
    parts.push(
      title(
        `Command lines of ${results.workloads[0].name}; elsewhere only directory and application differ`,
      ),
    );
    parts.push(markdown ? `\`\`\`sh\n${commands}\n\`\`\`` : commands);
  }
  return parts.join("\n\n").replaceAll("\n\n\n", "\n\n");
}
