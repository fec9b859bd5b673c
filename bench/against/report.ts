import { confidence } from "./interval.ts";
import { lines } from "./results.ts";
import type { Line, Measured, Results } from "./results.ts";

function cells({ figure, base, head, verdict }: Line): string[] {
  const { ratio, low, high, word } = verdict;
  const write = (value: number): string =>
    (value / figure.unit).toLocaleString("en-US", {
      minimumFractionDigits: figure.digits,
      maximumFractionDigits: figure.digits,
    });
  const reach = low && high ? `${low.toFixed(2)}–${high.toFixed(2)}` : "too few pairs";
  return [figure.title, write(base), write(head), ratio.toFixed(3), reach, word];
}

const heads = ["", "base", "head", "head/base", `${confidence * 100} % interval`, ""];

function table(measured: Measured[]): string {
  const tables = measured.map((each) => lines(each).map(cells));
  const widths = heads.map((head, column) =>
    Math.max(...[[heads], ...tables].flat().map((row) => row[column].length), head.length),
  );
  const write = (row: string[]): string =>
    row
      .map((cell, column) =>
        column && column < 5 ? cell.padStart(widths[column]) : cell.padEnd(widths[column]),
      )
      .join("  ")
      .trimEnd();
  const parts = measured.map(({ name, title, rounds, failure }, index) => {
    const count = rounds.reduce((sum, { pairs }) => sum + pairs.length, 0);
    if (failure) return `${name}: ${title}: failed: ${failure}`;
    return [
      `${name}: ${title}, ${count} pairs in ${rounds.length} rounds`,
      ...tables[index].map(write),
    ].join("\n");
  });
  return [write(heads), ...parts].join("\n\n");
}

/** Figures that are slower, as `WORKLOAD FIGURE`. */
export function slower({ workloads }: Results): string[] {
  return workloads.flatMap((measured) =>
    lines(measured)
      .filter(({ verdict }) => verdict.word === "slower")
      .map(({ figure }) => `${measured.name} ${figure.title}`),
  );
}

function summary(results: Results): string {
  const found = slower(results);
  if (found.length) return `SLOWER: ${found.join(", ")}`;
  const all = results.workloads.flatMap(lines);
  const open = all.filter(({ verdict }) => verdict.word === "cannot tell").length;
  if (!open) return "Nothing is slower.";
  return `Nothing is slower as far as can be told; ${open} of ${all.length} figures cannot be told.`;
}

/** Above this share of a core, intervals get wide. */
const quiet = 0.1;

/** The whole report. */
export function report(results: Results): string {
  const { date, base, head, machine, workloads, turn } = results;
  const others = workloads.flatMap(({ rounds }) => rounds.flatMap((round) => round.others));
  // The mean: a median would hide what disturbed less than half of the turns.
  const share = others.reduce((sum, each) => sum + each, 0) / Math.max(1, others.length);
  const busy = `Other programs used on average ${Math.round(share * 100)} % of a core${share > quiet ? "; run again in a quiet moment for narrower intervals" : ""}.`;
  return [
    `base: ${base}\nhead: ${head}`,
    `${date}: ${machine}. Turns of ${turn} s. ${busy}`,
    table(workloads),
    summary(results),
  ].join("\n\n");
}
