import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { getCallSites } from "node:util";

/** The folder of the file that called the function that calls this; undefined where that is no file. */
export function callerFolder(): string | undefined {
  const site = getCallSites(3)[2];
  const name = site?.scriptName;
  if (!name) return undefined;
  if (name.startsWith("file:")) return dirname(fileURLToPath(name));
  return name.startsWith("/") ? dirname(name) : undefined;
}
