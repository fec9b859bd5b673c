import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../scripts/lib/steps.ts";
import { peersPython } from "./environment.ts";

/** The version that runs, from the installed package itself; Quintet's own without a name. */
export function versionOf(distribution: string | undefined): string {
  if (distribution === undefined) {
    const manifest = readFileSync(join(root, "package.json"), "utf8");
    return (JSON.parse(manifest) as { version: string }).version;
  }
  const script = "import sys, importlib.metadata as m; print(m.version(sys.argv[1]))";
  return execFileSync(peersPython, ["-c", script, distribution], { encoding: "utf8" }).trim();
}
