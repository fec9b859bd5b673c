import { linkSync, mkdirSync, renameSync, rmdirSync, symlinkSync, unlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { parentPort, Worker, workerData } from "node:worker_threads";

/** A name that alternates between several files, as fast as one thread can switch it. */
export interface Swaps {
  /** How often it has switched so far. */
  count(): number;
  stop(): Promise<void>;
}

interface Data {
  path: string;
  kinds: string[];
  count: Int32Array<SharedArrayBuffer>;
}

/**
 * Have a name alternate between things. A kind is the name of a file beside the folder of the name, which is linked there,
 * or `folder`, or `link out` or `circle`, which are links to outside.txt beside that folder, and to the name itself.
 */
export async function swaps(path: string, kinds: string[]): Promise<Swaps> {
  const count = new Int32Array(new SharedArrayBuffer(8));
  const worker = new Worker(new URL(import.meta.url), { workerData: { path, kinds, count } });
  const ended = new Promise((resolve) => worker.once("exit", resolve));
  await new Promise((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
  return {
    count: () => Atomics.load(count, 0),
    async stop() {
      Atomics.store(count, 1, 1);
      await ended;
    },
  };
}

function run({ path, kinds, count }: Data): void {
  const next = `${path}.next`;
  for (let turn = 0; Atomics.load(count, 1) === 0; turn += 1) {
    const kind = kinds[turn % kinds.length] as string;
    if (kind === "folder") {
      mkdirSync(next);
      unlinkSync(path);
      renameSync(next, path);
    } else {
      if (kind === "link out") symlinkSync("../outside.txt", next);
      else if (kind === "circle") symlinkSync(path, next);
      else linkSync(join(dirname(path), "..", kind), next);
      if (kinds[(turn + kinds.length - 1) % kinds.length] === "folder" && turn > 0) rmdirSync(path);
      renameSync(next, path);
    }
    Atomics.add(count, 0, 1);
    if (turn === kinds.length) parentPort?.postMessage("swapped", []);
  }
  parentPort?.close();
}

if (workerData !== null && typeof workerData === "object" && "kinds" in workerData) {
  run(workerData as Data);
}
