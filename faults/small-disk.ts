import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Why there is none here, or false; only root may mount. */
export const withoutSmallDisk: string | false =
  process.getuid?.() !== 0 && "a small disk is mounted by root only";

const mounted = new Set<SmallDisk>();
process.on("exit", () => {
  for (const disk of mounted) disk.remove();
});

/** A disk of a few megabytes, which can be filled. */
export class SmallDisk {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
    mkdirSync(folder);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=4m,mode=1777", "tmpfs", folder]);
    mounted.add(this);
  }

  /** It is full until `empty`. */
  fill(): void {
    try {
      writeFileSync(join(this.folder, "filling"), Buffer.alloc(8 * 1024 * 1024));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
    }
  }

  empty(): void {
    rmSync(join(this.folder, "filling"));
  }

  /** Also while something is open on it. */
  remove(): void {
    mounted.delete(this);
    execFileSync("umount", ["--lazy", this.folder]);
  }
}
