// Reads the tables of src/wire: constants in groups, each with a doc comment.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fail, root } from "./steps.ts";

/** One constant of a table. */
export interface Constant {
  name: string;
  /** The value as the source writes it, such as `64 * 1024`. */
  value: string;
  /** The doc comment, without the payload. */
  meaning: string;
  /** The layout of the payload of a frame; null for what has none. */
  payload: string | null;
}

/** The constants below one comment `// Title`. */
export interface Group {
  title: string;
  constants: Constant[];
}

const GROUP = /^\/\/ (.+)$/;
const CONSTANT = /^export const ([A-Z0-9_]+)(?:: number)? = (.+);$/;

/** Read a table up to its first line that belongs to no constant, such as a function. */
export function readTable(file: string): Group[] {
  const lines = readFileSync(join(root, file), "utf8").split("\n");
  const groups: Group[] = [];
  let comment: string[] = [];
  for (const line of lines) {
    const title = GROUP.exec(line)?.[1];
    const [, name, value] = CONSTANT.exec(line) ?? [];
    if (title !== undefined) groups.push({ title, constants: [] });
    else if (/^(\/\*\*| \*)/.test(line))
      comment = line.startsWith("/**") ? [line] : [...comment, line];
    else if (name !== undefined && value !== undefined) {
      const group = groups.at(-1) ?? fail(`${file}: ${name} is in no group`);
      group.constants.push({ name, value, ...read(comment, `${file}: ${name}`) });
      comment = [];
    } else if (line !== "" && groups.length > 0) break;
  }
  return groups;
}

function read(comment: string[], where: string): Pick<Constant, "meaning" | "payload"> {
  const text = comment
    .map((line) => line.replace(/^ ?\/?\*+\/? ?/, "").replace(/ ?\*\/$/, ""))
    .join(" ")
    .trim();
  if (text === "") fail(`${where} has no doc comment`);
  const [meaning = "", payload = null] = text.split(" Payload: ");
  return { meaning, payload: payload?.replace(/\.$/, "") ?? null };
}
