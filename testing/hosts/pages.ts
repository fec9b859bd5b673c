import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../paths.ts";

/**
 * A fenced block of a page of docs/guide. A file's block begins with a comment that is the file's path:
 * `# /srv/shop/gunicorn.conf.py`.
 */
export function fileOf(page: string, path: string): string {
  const found = blocksOf(page).find((block) => block.split("\n", 1)[0]?.endsWith(` ${path}`));
  if (found === undefined) throw new Error(`docs/guide/${page} has no block of ${path}`);
  return found;
}

/** A command of a page: the shell line with this beginning, including its continuation lines. */
export function commandOf(page: string, begins: string): string {
  const commands = blocksOf(page, "sh").flatMap((block) =>
    block.replaceAll(/\\\n\s*/g, "").split("\n"),
  );
  const found = commands.find((line) => line.startsWith(begins));
  if (found === undefined) throw new Error(`docs/guide/${page} has no command ${begins}`);
  return found;
}

function blocksOf(page: string, language = "\\w+"): string[] {
  const text = readFileSync(join(root, "docs", "guide", page), "utf8");
  const fence = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "gms");
  return Array.from(text.matchAll(fence), (match) => match[1] as string);
}

/**
 * The pages speak of a project in /srv/shop, served on port 8000. Only these two are replaced; all else of a page is
 * run as it is written.
 */
export function placed(text: string, folder: string, port: number): string {
  return text.replaceAll("/srv/shop", folder).replaceAll(/\b8000\b/g, String(port));
}
