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

/** What the compiler says of a project's files under the strictest of options; empty if it is content. */
export function compilerSays(folder: string, files: string[], lib: string[]): Promise<string> {
  const config = { compilerOptions: { ...OPTIONS, lib }, files };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  return new Promise((resolve) => {
    execFile(join(root, "node_modules", ".bin", "tsc"), { cwd: folder }, (_error, stdout) => {
      // A user sees declarations; our sources are held to our own options.
      resolve(stdout.replace(/^\.\.\/.*\n(?: {2}.*\n)*/gm, ""));
    });
  });
}
