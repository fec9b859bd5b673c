// What the Python side shares with the TypeScript side is made from the TypeScript sources, so that neither can drift.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { HERE } from "../../src/config/current-folder.ts";
import { settingsTable } from "../../src/config/settings/table.ts";
import { FRONT_SIGNALS } from "../../src/node-worker/ignored-signals.ts";
import { HOP_BY_HOP } from "../../src/shared/hop-by-hop.ts";
import { printable } from "../../src/shared/printable.ts";
import type { Fits, Kind } from "../../src/shared/message-shape.ts";
import { NO_DEBUGGER } from "../../src/shared/run-module.ts";
import { MESSAGES } from "../../src/wire/json-messages.ts";
import { LINUX_INTERRUPT_SIGNAL } from "../../src/workers/process/signals.ts";
import { MULTIPROCESSING_ARGUMENTS } from "../../src/workers/process/multiprocessing-children.ts";
import { STREAMS } from "../../src/workers/process/output-pipes.ts";
import { fail, root } from "./steps.ts";
import { type Constant, readTable } from "./wire-table.ts";

/** A Python file, and its text as it must be. */
export type Made = [file: string, text: string];

type Value = string | number | readonly (string | number)[];

/** Constants that stand in a file of python/quintet between two marks: the file, the TypeScript source, names and values. */
const SHARED: [file: string, source: string, constants: Record<string, Value>][] = [
  ["shared/raw_environment.py", "src/config/current-folder.ts", { HERE }],
  ["shared/printable.py", "src/shared/printable.ts", { CONTROL_RANGES: controlRanges() }],
  [
    "shared/child_processes.py",
    "src/workers/process/multiprocessing-children.ts",
    { MULTIPROCESSING_ARGUMENTS: [...MULTIPROCESSING_ARGUMENTS] },
  ],
  ["worker/output.py", "src/workers/process/output-pipes.ts", { STREAM_NAMES: [...STREAMS] }],
  ["worker/interrupt.py", "src/workers/process/signals.ts", { LINUX_INTERRUPT_SIGNAL }],
  [
    "worker/signals.py",
    "src/node-worker/ignored-signals.ts",
    { FRONT_SIGNALS: [...FRONT_SIGNALS] },
  ],
  ["wsgi/head.py", "src/shared/hop-by-hop.ts", { HOP_BY_HOP: [...HOP_BY_HOP] }],
  ["host/node_command.py", "src/shared/run-module.ts", { NO_DEBUGGER }],
  ["host/node_command.py", "package.json", { OLDEST_NODE: oldestNode() }],
  [
    "host/request_body.py",
    "src/config/settings/limits.ts",
    { MAX_MEMORY_BYTES: settingsTable.bodyMemory.default as number },
  ],
];

/** Every Python file with a part that is made from TypeScript sources. */
export function pythonFiles(): Made[] {
  const blocks = new Map<string, [source: string, lines: string[]][]>();
  const add = (file: string, source: string, lines: string[]): void => {
    blocks.set(file, [...(blocks.get(file) ?? []), [source, lines]]);
  };
  for (const [file, source] of [
    ["wire/frames.py", "src/wire/frames.ts"],
    ["wire/page.py", "src/wire/page-words.ts"],
  ] as const) {
    add(file, source, tableLines(source));
  }
  for (const [file, source, constants] of SHARED) {
    const lines = Object.entries(constants).map(([name, value]) => `${name} = ${literal(value)}`);
    add(file, source, lines);
  }
  const made = [...blocks].map(([file, parts]): Made => {
    const path = `python/quintet/${file}`;
    let text = readFileSync(join(root, path), "utf8");
    for (const [source, lines] of parts) text = withBlock(path, text, source, lines);
    return [path, text];
  });
  return [...made, ["python/quintet/wire/messages.py", messagesFile()]];
}

/** Replace what stands between the marks of a source. */
function withBlock(path: string, text: string, source: string, lines: string[]): string {
  const [begin, end] = [`# From ${source}, by npm run docs:\n`, `# End of ${source}.\n`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) fail(`${path} has no part "${begin.trim()}" … "${end.trim()}"`);
  return `${text.slice(0, from)}${begin}${lines.join("\n")}\n${text.slice(to)}`;
}

function tableLines(source: string): string[] {
  const lines: string[] = [];
  for (const { title, constants } of readTable(source)) {
    if (lines.length > 0) lines.push("");
    lines.push(`# ${title}.`);
    for (const each of constants) {
      lines.push(...comment(each), `${each.name} = ${pythonNumber(each.value)}`);
    }
  }
  return lines;
}

function comment({ meaning, payload }: Constant): string[] {
  const text = payload === null ? meaning : `${meaning} Payload: ${payload}.`;
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = `${lines.at(-1) as string} ${word}`.trim();
    if (line.length > 116) lines.push(word);
    else lines[lines.length - 1] = line;
  }
  return lines.map((line) => `# ${line}`);
}

/** JavaScript's notation is Python's, but ruff wants capitals in hexadecimal numbers. */
function pythonNumber(value: string): string {
  return value.replace(/0x([\da-f_]+)/g, (_, digits: string) => `0x${digits.toUpperCase()}`);
}

function literal(value: Value): string {
  if (typeof value === "number") return String(value);
  if (typeof value === "string") return quoted(value);
  const one = `(${value.map(literal).join(", ")})`;
  return one.length <= 100 ? one : `(\n${value.map((each) => `    ${literal(each)},\n`).join("")})`;
}

function quoted(text: string): string {
  return JSON.stringify(text).replaceAll("\\\\", "\\");
}

/** A class of a regular expression, for the characters that printable() escapes. */
function controlRanges(): string {
  const ranges: [number, number][] = [];
  for (let code = 0; code <= 0xffff; code += 1) {
    const character = String.fromCharCode(code);
    if (printable(character) === character) continue;
    const last = ranges.at(-1);
    if (last && last[1] === code - 1) last[1] = code;
    else ranges.push([code, code]);
  }
  const escaped = (code: number): string =>
    code <= 0xff
      ? `\\x${code.toString(16).padStart(2, "0")}`
      : `\\u${code.toString(16).padStart(4, "0")}`;
  return ranges
    .map(([from, to]) => (from === to ? escaped(from) : `${escaped(from)}-${escaped(to)}`))
    .join("");
}

function oldestNode(): number[] {
  const { engines } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    engines: { node: string };
  };
  return engines.node.replace(">=", "").split(".").map(Number);
}

function messagesFile(): string {
  const classes = Object.entries(MESSAGES).map(([name, fields]) => typedDict(name, fields));
  const carries = literalType(kindOf(MESSAGES.Hello?.carries, "Hello.carries"));
  return `"""The payloads that are JSON, for mypy. Made from src/wire/json-messages.ts by npm run docs.

Nothing imports this module at run time.
"""

from typing import List, Literal, Optional, TypedDict

Carries = ${carries}


${classes.join("\n\n")}`;
}

/** A TypedDict with fields that may be missing is two classes: NotRequired is newer than CPython 3.9. */
function typedDict(name: string, fields: Record<string, Fits>): string {
  const optional: string[] = [];
  const required: string[] = [];
  for (const [field, fits] of Object.entries(fields)) {
    const kind = kindOf(fits, `${name}.${field}`);
    if (typeof kind === "object" && "orMissing" in kind)
      optional.push(`    ${field}: ${typeOf(kind.orMissing, name)}\n`);
    else required.push(`    ${field}: ${typeOf(kind, name)}\n`);
  }
  if (optional.length === 0) return `class ${name}(TypedDict):\n${required.join("")}`;
  return `class _${name}(TypedDict):\n${required.join("")}\n\nclass ${name}(_${name}, total=False):\n${optional.join("")}`;
}

function kindOf(fits: Fits | undefined, where: string): Kind {
  return fits?.kind ?? fail(`${where}: its check does not say what it accepts`);
}

const PRIMITIVES = { text: "str", number: "float", integer: "int", boolean: "bool" } as const;

function typeOf(kind: Kind | undefined, where: string): string {
  if (kind === undefined) return fail(`${where}: a check does not say what it accepts`);
  if (typeof kind === "string") return PRIMITIVES[kind];
  if ("listOf" in kind) return `List[${typeOf(kind.listOf, where)}]`;
  if ("orNull" in kind) return `Optional[${typeOf(kind.orNull, where)}]`;
  if ("oneOf" in kind) return literalType(kind);
  if ("fields" in kind) {
    const named = Object.entries(MESSAGES).find(([, fields]) => fields === kind.fields);
    return named?.[0] ?? fail(`${where}: its fields are not in MESSAGES`);
  }
  return fail(`${where}: only a field may be missing`);
}

function literalType(kind: Kind): string {
  const values = typeof kind === "object" && "oneOf" in kind ? kind.oneOf : [];
  return `Literal[${values.map((value) => JSON.stringify(value)).join(", ")}]`;
}
