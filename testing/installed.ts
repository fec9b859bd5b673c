import { cpSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./paths.ts";
import { folderWith } from "./temp.ts";

/** A copy of the package that a test may change, to deploy a newer version. */
export interface Installed {
  folder: string;
  /** Its bin/quintet.js. */
  command: string;
  /** Give it another version. */
  becomes(version: string): void;
  /** Replace a text in one of its files. */
  change(file: string, from: string, to: string): void;
}

export function installed(): Installed {
  const folder = folderWith();
  for (const name of ["bin", "src", "python", "package.json"]) {
    cpSync(join(root, name), join(folder, name), { recursive: true });
  }
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  const change = (file: string, from: string, to: string): void => {
    const path = join(folder, file);
    const text = readFileSync(path, "utf8");
    if (!text.includes(from)) throw new Error(`${file} has no ${from}`);
    writeFileSync(path, text.replace(from, to));
  };
  return {
    folder,
    command: join(folder, "bin", "quintet.js"),
    becomes: (version) => change("package.json", '"version": "', `"version": "${version}-`),
    change,
  };
}
