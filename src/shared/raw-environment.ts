import { isUtf8 } from "node:buffer";
import { readFileSync } from "node:fs";

/** The name of a variable as Node has it, and `NAME=value` with a character for each byte. */
export type RawVariable = [name: string, bytes: string];

interface Raw {
  name: string;
  value: string;
  bytes: string;
}

let found: Raw[] | null = null;

/**
 * The variables of an environment that are not UTF-8. Node takes each for another one, and cannot hand on what it was: so
 * it is told to the Python processes that we start, which have the bytes put back (python/quintet/shared/raw_environment.py).
 *
 * @param env one that comes from our own; a variable that has been changed since stays as it is now
 */
export function rawVariables(env: NodeJS.ProcessEnv): RawVariable[] {
  found ??= readRaw();
  return (
    found
      // By a name that is not UTF-8 Node finds nothing.
      .filter(({ name, value }) => env[name] === (name.includes("\uFFFD") ? undefined : value))
      .map(({ name, bytes }) => [name, bytes])
  );
}

/** As this process was started; only Linux tells. */
function readRaw(): Raw[] {
  let all: Buffer;
  try {
    all = readFileSync("/proc/self/environ");
  } catch {
    return [];
  }
  if (isUtf8(all)) return [];
  return all
    .toString("latin1")
    .split("\0")
    .flatMap((bytes) => {
      const raw = Buffer.from(bytes, "latin1");
      const mark = raw.indexOf("=");
      if (isUtf8(raw) || mark < 1) return [];
      return [
        { name: raw.toString("utf8", 0, mark), value: raw.toString("utf8", mark + 1), bytes },
      ];
    });
}
