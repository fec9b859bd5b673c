import { randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { isAlive } from "../../testing/processes.ts";
import { until } from "../../testing/wait.ts";
import type { Fault, Scene } from "../fault.ts";
import { signal } from "../processes.ts";

export const KILLS = 20;
/** Milliseconds between two kills, and how long to wait for another worker to kill. */
const PAUSE = 200;
const NEXT = 10_000;
/** A worker that has answered within this many milliseconds counts as serving. */
const RECENT = 1000;
/** Milliseconds between two kills of what others depend on. */
const RECOVERY = 3000;

/** A random serving worker; null if there is none. */
export function someWorker({ load }: Scene): number | null {
  const serving = load.recent(RECENT).filter(isAlive);
  return serving[randomInt(Math.max(1, serving.length))] ?? null;
}

export const killWorkers: Fault = {
  id: "kill-workers",
  title: "kill -9 of random workers",
  how: `A serving worker is killed every ${PAUSE} ms, or as soon as there is one, ${KILLS} times.`,
  options: () => [],
  async strike(scene) {
    for (let count = 0; count < KILLS; count += 1) {
      let pid: number | null = null;
      const found = until(() => (pid = someWorker(scene)) !== null, "a worker serves", NEXT);
      await found.catch(() => {});
      if (pid === null) return scene.note(`no worker served any more after ${count} kills`);
      signal(pid, "SIGKILL");
      await sleep(PAUSE);
    }
  },
};

async function killTwice(
  scene: Scene,
  what: string,
  find: (scene: Scene) => Promise<number | undefined>,
): Promise<void> {
  for (let count = 0; count < 2; count += 1) {
    const pid = await find(scene);
    if (pid === undefined) return scene.note(`there is no ${what}`);
    signal(pid, "SIGKILL");
    await sleep(RECOVERY);
  }
}

export const killZygote: Fault = {
  id: "kill-zygote",
  title: "kill -9 of the zygote",
  how: "The process that workers are forked from is killed twice.",
  options: (can) => (can.zygote ? [] : null),
  strike: (scene) => killTwice(scene, "zygote", async ({ site, can }) => can.zygote?.(site)),
};

export const killFront: Fault = {
  id: "kill-front",
  title: "kill -9 of the front",
  how: "The process that holds the client connections is killed twice, if it is not a worker.",
  options: (can) => (can.fronts ? [] : null),
  strike: (scene) =>
    killTwice(scene, "front", async ({ site, can, load }) => {
      const [front] = (await can.fronts?.(site, new Set(load.seen.keys()))) ?? [];
      return front;
    }),
};
