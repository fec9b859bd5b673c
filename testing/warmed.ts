import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { apps } from "./paths.ts";
import { folderWith } from "./temp.ts";
import { until } from "./wait.ts";

/** What a warmup of tests/apps/warmed.py may do. */
export type WarmupMode = "warms" | "raises" | "dies" | "hangs";

/** tests/apps/warmed.py in a folder of its own. */
export interface Warmed {
  folder: string;
  env: NodeJS.ProcessEnv;
  /** From the next import on. */
  becomes(mode: WarmupMode): void;
  /** From now on, warmups raise, whatever was imported. */
  fails(): void;
  /** From now on, warmups wait until it is opened. */
  shut(): void;
  open(): void;
  /** Wait until this many workers wait. */
  waiting(count: number): Promise<void>;
}

export function warmed(mode: WarmupMode, files: Record<string, string> = {}): Warmed {
  const folder = folderWith({ "warmed.py.big": "x".repeat(200_000), ...files });
  copyFileSync(join(apps, "warmed.py"), join(folder, "warmed.py"));
  const gate = join(folderWith(), "gate");
  const becomes = (next: WarmupMode): void =>
    writeFileSync(join(folder, "warmed_now.py"), `MODE = ${JSON.stringify(next)}\n`);
  becomes(mode);
  const waiting = (): number =>
    existsSync(gate) ? readFileSync(gate, "utf8").split("\n").length - 1 : 0;
  return {
    folder,
    // Python reuses a compiled file if the source has the same length and the same modification second.
    env: { PYTHONDONTWRITEBYTECODE: "1", WARMED_GATE: gate },
    becomes,
    fails: () => writeFileSync(`${gate}.fails`, ""),
    shut: () => writeFileSync(gate, ""),
    open: () => rmSync(gate),
    waiting: (count) => until(() => waiting() >= count, `${count} warmups wait`),
  };
}
