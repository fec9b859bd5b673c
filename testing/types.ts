import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./paths.ts";

const OPTIONS = {
  target: "es2023",
  module: "nodenext",
  types: ["node"],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: true,
  noEmit: true,
  allowImportingTsExtensions: true,
  customConditions: ["quintet-source"],
};

/** The compiler's output for a project's files with the strictest options; empty if there are no errors. */
export function compilerSays(folder: string, files: string[], lib: string[]): Promise<string> {
  const config = { compilerOptions: { ...OPTIONS, lib }, files };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  return new Promise((resolve) => {
    execFile(join(root, "node_modules", ".bin", "tsc"), { cwd: folder }, (_error, stdout) => {
      // Users see declarations; our sources are compiled with our own options.
      resolve(stdout.replace(/^\.\.\/.*\n(?: {2}.*\n)*/gm, ""));
    });
  });
}
