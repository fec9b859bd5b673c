import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { getCallSites } from "node:util";

/** The frames of the stack up to the caller's caller: this function, the function of ours that calls it, and its caller. */
const STACK_FRAMES = 3;

/**
 * The folder of the file whose code called the function that calls this one. It is the default of the option `project`, so an
 * application finds its project wherever the program runs.
 *
 * @returns undefined if the caller is not in a file, such as code in the REPL or in `node --eval`
 */
export function callerFolder(): string | undefined {
  const name = getCallSites(STACK_FRAMES)[STACK_FRAMES - 1]?.scriptName;
  if (!name) return undefined;
  if (name.startsWith("file:")) return dirname(fileURLToPath(name));
  return name.startsWith("/") ? dirname(name) : undefined;
}
