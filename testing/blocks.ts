import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./paths.ts";

/** The code blocks of a page of docs/, by the name in their first line: `// NAME`. */
export function blocksOf(page: string): Map<string, string> {
  const text = readFileSync(join(root, "docs", page), "utf8");
  const blocks = new Map<string, string>();
  for (const [, code = ""] of text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)) {
    const name = /^\/\/ (.+)\n/.exec(code)?.[1];
    if (name === undefined) throw new Error(`a block of ${page} has no name: ${code}`);
    blocks.set(name, code);
  }
  return blocks;
}
