import { readFileSync } from "node:fs";
import { styleText } from "node:util";
import type { FileRun } from "./file-run.ts";

/** How many characters of a failed file's output are shown; the named file has all of it. */
const MAX_OUTPUT_CHARACTERS = 20_000;

/** Progress while the tests run: one line per file, and the full output of failures. */
export class Progress {
  readonly #files: number;
  #ended = 0;

  constructor(files: number) {
    this.#files = files;
  }

  /** A file is run again, alone. */
  again(file: string): void {
    this.#ended -= 1;
    write(`${styleText("yellow", "↻")} ${file} failed beside others: once more, alone\n`);
  }

  ended({ file, tests, failures, seconds, output }: FileRun): void {
    this.#ended += 1;
    const place = `[${this.#ended}/${this.#files}]`;
    const facts = `${tests.length} ${tests.length === 1 ? "test" : "tests"}, ${seconds.toFixed(1)} s`;
    const isGood = failures.length === 0;
    const mark = isGood ? styleText("green", "✓") : styleText("red", "✗");
    write(`${mark} ${place} ${file} (${facts})\n`);
    if (isGood) return;
    const text = readFileSync(output, "utf8");
    if (text.length > MAX_OUTPUT_CHARACTERS) write(`  … the beginning is in ${output}\n`);
    write(`${text.slice(-MAX_OUTPUT_CHARACTERS).trimEnd()}\n`);
    for (const failure of failures) write(`  ${styleText("red", "✗")} ${failure}\n`);
    write(`  It is run alone by: ${alone(file)}\n`);
  }
}

/** The command that runs a file alone. */
export function alone(file: string): string {
  return `npm test -- ${file}`;
}

function write(text: string): void {
  process.stdout.write(text);
}
