import { setTimeout as sleep } from "node:timers/promises";
import type { Fault } from "../fault.ts";

const STEPS = [4, 1, 3, 2, 4, 1, 2];
const PAUSE = 1000;

export const scale: Fault = {
  id: "scale",
  title: "scaling up and down",
  how: "From 2 workers to 4, 1, 3, 2, 4, 1 and 2, a second apart.",
  options: (can) => (can.scale ? (can.scaleOptions ?? []) : null),
  async strike({ site, can }) {
    let before = 2;
    for (const workers of STEPS) {
      await can.scale?.(site, workers, before);
      before = workers;
      await sleep(PAUSE);
    }
  },
};
