import { isUtf8 } from "node:buffer";
import { readFileSync } from "node:fs";

/** The name of a variable as Node decodes it, and the bytes of `NAME=value`, each as one character. */
export type RawVariable = [name: string, bytes: string];

interface Raw {
  name: string;
  value: string;
  bytes: string;
}

let found: Raw[] | null = null;

/**
 * The variables of an environment that are not UTF-8. Node decodes them lossily and passes on other bytes, so the Python
 * processes also get the original bytes and restore them (python/quintet/shared/raw_environment.py).
 *
 * @param env a copy of this process's environment. A variable that was changed since the start is left out
 */
export function rawVariables(env: NodeJS.ProcessEnv): RawVariable[] {
  found ??= readRaw();
  return (
    found
      // Node finds no value under a name that is not UTF-8.
      .filter(({ name, value }) => env[name] === (name.includes("\uFFFD") ? undefined : value))
      .map(({ name, bytes }) => [name, bytes])
  );
}

/** The environment that this process was started with. Only Linux reports it. */
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
