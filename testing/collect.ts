import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { folderWith } from "./temp.ts";
import { until } from "./wait.ts";

/** Loaded into the front before its own code. */
const module = (file: string): string => `
import { existsSync, rmSync } from "node:fs";
if (process.env.QUINTET_FRONT) {
  setInterval(() => {
    if (!existsSync(${JSON.stringify(file)})) return;
    // The first collection leaves buffers to a thread that frees them; the second waits for that thread.
    gc();
    gc();
    rmSync(${JSON.stringify(file)});
  }, 20).unref();
}
`;

/** How a test makes a front collect garbage: the memory it still uses is really held. */
export interface Collecting {
  /** For the server. */
  env: NodeJS.ProcessEnv;
  collect(): Promise<void>;
}

export function collecting(): Collecting {
  const folder = folderWith();
  const wanted = join(folder, "wanted");
  const path = join(folder, "collect.mjs");
  writeFileSync(path, module(wanted));
  return {
    env: {
      NODE_OPTIONS: `--expose-gc --import=${pathToFileURL(path).href}`,
      // Freed memory returns to the system at once.
      MALLOC_ARENA_MAX: "1",
      MALLOC_MMAP_THRESHOLD_: "32768",
      MALLOC_TRIM_THRESHOLD_: "0",
    },
    async collect() {
      writeFileSync(wanted, "");
      await until(() => !existsSync(wanted), "the front has collected its garbage");
    },
  };
}
