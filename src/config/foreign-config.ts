import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { QuintetError } from "../shared/errors.ts";
import { checkSetting } from "./check.ts";
import { findInterpreter } from "./interpreter.ts";
import { pythonPackage } from "../shared/python-package.ts";
import { type Counterpart, gunicornSettings, uwsgiSettings } from "./foreign-settings.ts";

/** Milliseconds that Python may take to read a file. */
const READ_TIME = 10_000;
/** More of them are not shown. */
const SHOWN = 60;

/** A setting as it stands in the file. */
interface Found {
  name: string;
  source: string;
  value: unknown;
  /** Only then the value is known. */
  literal: boolean;
  /** When it holds, such as `if-env = SHOP`; empty for always. */
  condition?: string;
}

/**
 * Refuse a config file that is another server's, and say what its settings are here. It is read, never run.
 *
 * @param python the setting
 * @throws {QuintetError} QUINTET_CONFIG, unless it may be ours
 */
export function refuseForeignConfig(file: string, python: string): void {
  if (/\.[cm]?[jt]s$/.test(file)) return;
  let found: Found[] | null = null;
  let server = "";
  let counterparts: Record<string, Counterpart> = {};
  if (file.endsWith(".py")) {
    [server, counterparts] = ["Gunicorn", gunicornSettings];
    found = readPython(file, python);
  } else if (file.endsWith(".ini")) {
    found = readIni(file);
    if (found) [server, counterparts] = ["uWSGI", uwsgiSettings];
  }
  const message = server
    ? `${file} is not read: it is a config file for ${server}, in another language.`
    : `${file} is not read: a config file is TypeScript or JavaScript.`;
  throw new QuintetError("QUINTET_CONFIG", message, {
    advice: `${ADVICE}\n${found ? translated(found, counterparts, basename(file)) : ""}`.trimEnd(),
  });
}

const ADVICE =
  "Write a quintet.config.ts; in the folder that is served it is found without --config.";

/** A config file of ours: what is known, and in comments what is not. */
function translated(
  found: Found[],
  counterparts: Record<string, Counterpart>,
  name: string,
): string {
  const known = found.filter((each) => Object.hasOwn(counterparts, each.name));
  const written = new Set<string>();
  const lines = known.slice(0, SHOWN).map((each) => {
    const counterpart = counterparts[each.name] as Counterpart;
    const note = counterpart.note ? `: ${counterpart.note}` : "";
    if (each.condition) return `  // ${each.source}: only with ${each.condition}`;
    if (counterpart.setting === null) return `  // ${each.source}${note}`;
    const ours = counterpart.setting;
    const value = each.literal ? valueOf(each, counterpart) : undefined;
    // Of two that are one here the first one counts.
    const isFirst = !written.has(ours);
    if (value !== undefined) written.add(ours);
    return value === undefined || !isFirst
      ? `  // ${ours}: ${each.source}${note}`
      : `  ${ours}: ${JSON.stringify(value)},${note ? ` // ${note.slice(2)}` : ""}`;
  });
  const others = found.filter((each) => !known.includes(each)).map((each) => each.name);
  const unknown = [...new Set(others)];
  if (unknown.length > 0) lines.push(`  // Not looked at: ${unknown.slice(0, SHOWN).join(", ")}`);
  if (known.length > SHOWN) lines.push(`  // and ${known.length - SHOWN} more`);
  return `What ${name} says would be:

import { defineConfig } from "quintet/config";

export default defineConfig({
${lines.join("\n")}
});`;
}

/** The value for our setting; undefined where ours cannot have it. */
function valueOf({ name, value }: Found, { setting, value: convert }: Counterpart): unknown {
  const ours = convert ? convert(value) : value;
  if (setting === null || ours === undefined || ours === null) return undefined;
  try {
    return checkSetting(setting, ours, name);
  } catch {
    return undefined;
  }
}

function readPython(file: string, named: string): Found[] | null {
  try {
    const { command } = findInterpreter(named, [dirname(file), process.cwd()], process.env);
    const script = fileURLToPath(new URL("project/assignments.py", `file://${pythonPackage}/`));
    const flags = ["-I", "-S", "-X", "utf8", script, file];
    const [program = ""] = command;
    const { stdout } = spawnSync(program, flags, { encoding: "utf8", timeout: READ_TIME });
    const rows = JSON.parse(stdout) as [string, string, unknown, boolean][];
    return rows.map(([name, source, value, literal]) => ({ name, source, value, literal }));
  } catch {
    return null; // no Python, or the file is none
  }
}

/** The section [uwsgi] of a file. */
function readIni(file: string): Found[] | null {
  const lines = readFileSync(file, "utf8").split(/\r?\n/);
  let section = "";
  let condition = "";
  const found = new Map<string, Found>();
  for (const line of lines) {
    section = /^\s*\[([^\]]*)\]/.exec(line)?.[1] ?? section;
    const [, name = "", text = ""] = /^\s*([\w-]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (section !== "uwsgi" || name === "") continue;
    if (name === "endif") condition = "";
    else if (/^if(-|def$|ndef$)/.test(name)) condition = `${name} = ${text}`;
    if (name === "endif" || condition.startsWith(`${name} = `)) continue;
    const key = `${condition}\n${name}`;
    const before = found.get(key);
    // Placeholders of uWSGI's are known to it alone.
    const literal = !/%\w|%\(|\$\(|@\(/.test(text) && before?.literal !== false;
    const value = before === undefined ? text : [before.value, text].flat();
    found.set(key, { name, source: `${name} = ${text}`, value, literal, condition });
  }
  return found.size > 0 ? [...found.values()] : null;
}
