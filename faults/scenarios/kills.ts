import { randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { isAlive } from "../../tests/support/server.ts";
import type { Fault, Scene } from "../fault.ts";
import { signal } from "../processes.ts";

export const KILLS = 25;
const PAUSE = 200;
/** A worker that has answered within so many milliseconds is taken to be at work. */
const RECENT = 1000;
/** Milliseconds between two kills of what others depend on. */
const RECOVERY = 3000;

/** A worker that serves, at random. */
export function someWorker({ load }: Scene): number | null {
  const serving = load.recent(RECENT).filter(isAlive);
  return serving[randomInt(Math.max(1, serving.length))] ?? null;
}

export const killWorkers: Fault = {
  id: "kill-workers",
  title: "kill -9 of random workers",
  how: `A worker that serves is killed every ${PAUSE} ms, ${KILLS} times.`,
  options: () => [],
  async strike(scene) {
    let killed = 0;
    for (let count = 0; count < KILLS; count += 1) {
      const pid = someWorker(scene);
      if (pid !== null) {
        signal(pid, "SIGKILL");
        killed += 1;
      }
      await sleep(PAUSE);
    }
    scene.note(`${killed} workers killed`);
  },
};

export const killZygote: Fault = {
  id: "kill-zygote",
  title: "kill -9 of the zygote",
  how: "The process that workers are forked from, twice.",
  options: (can) => (can.zygote ? [] : null),
  async strike(scene) {
    const { site, can } = scene;
    for (let count = 0; count < 2; count += 1) {
      signal(can.zygote?.(site) as number, "SIGKILL");
      await sleep(RECOVERY);
    }
  },
};

export const killFront: Fault = {
  id: "kill-front",
  title: "kill -9 of the front",
  how: "The process that holds the connections of the clients, where it is not a worker; twice.",
  options: (can) => (can.fronts ? [] : null),
  async strike({ site, can, load, note }) {
    for (let count = 0; count < 2; count += 1) {
      const [front] = (await can.fronts?.(site, new Set(load.seen.keys()))) ?? [];
      if (front === undefined) return note("there is no front");
      signal(front, "SIGKILL");
      await sleep(RECOVERY);
    }
  },
};
