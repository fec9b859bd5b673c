import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { apps } from "./paths.ts";
import { serve } from "./serve.ts";
import { runCommand } from "./command.ts";
import { type Running, type StartOptions } from "./server.ts";
import { folderWith } from "./temp.ts";

/** A deployment that a test changes: tests/apps/edition.py in its own folder. */
export interface Edition {
  server: Running;
  folder: string;
  write(file: string, text: string): void;
  /** What the application says. */
  says(): Promise<string>;
  /** `quintet reload`. */
  reload(): Promise<{ code: number | null; stdout: string; stderr: string }>;
}

export function editionFolder(files: Record<string, string> = {}): string {
  const folder = folderWith({ "edition_now.py": "NUMBER = 1\n", ...files });
  copyFileSync(join(apps, "edition.py"), join(folder, "edition.py"));
  return folder;
}

export async function edition(
  t: TestContext,
  target = "edition",
  files: Record<string, string> = {},
  options: StartOptions = {},
): Promise<Edition> {
  const folder = editionFolder(files);
  // Python reuses a compiled file if the source has the same length and the same modification second.
  const env = { PYTHONDONTWRITEBYTECODE: "1", ...options.env };
  const server = await serve(t, target, { cwd: folder, ...options, env });
  return {
    server,
    folder,
    write: (file, text) => writeFileSync(join(folder, file), text),
    says: async () => (await fetch(server.url)).text(),
    reload: () => runCommand(["reload", "--pid", String(server.pid)]),
  };
}
