import { isAlive } from "../../testing/processes.ts";
import { until } from "../../testing/wait.ts";
import type { Fault } from "../fault.ts";
import { failureOf } from "../load/tally.ts";
import { signal } from "../processes.ts";
import { someWorker } from "./kills.ts";

const TIMEOUT = 3;
/** Milliseconds for a server to notice, including its grace period. */
const FOUND_OUT = 15_000;

export const hung: Fault = {
  id: "hung",
  title: "every worker hung at once",
  how: `As many requests for a hanging view as the server runs at once; the timeout is ${TIMEOUT} s.`,
  options: (can) => can.timeout?.(TIMEOUT) ?? null,
  async strike({ can, aim, note }) {
    const came = await aim("/faults/hang/", can.atOnce);
    const kinds = Map.groupBy(came, (each) => failureOf(each) ?? "200");
    const texts = Array.from(kinds, ([failure, all]) => {
      const longest = Math.max(...all.map(({ wait }) => wait)) / 1000;
      return `${failure} after ${longest.toFixed(1)} s`;
    });
    note(`those that hang: ${texts.join(", ")}`);
  },
};

export const stopped: Fault = {
  id: "stopped",
  title: "SIGSTOP of a worker",
  how: `A worker stops, as if the kernel never scheduled it again; the timeout is ${TIMEOUT} s, if the server has one.`,
  options: (can) => can.timeout?.(TIMEOUT) ?? [],
  async strike(scene) {
    const pid = someWorker(scene);
    if (pid === null) return scene.note("no worker serves");
    signal(pid, "SIGSTOP");
    await until(() => !isAlive(pid), "it is replaced", FOUND_OUT).catch(() => {});
    if (!isAlive(pid)) return;
    scene.note("the worker was never replaced");
    // So that the server can be ended.
    signal(pid, "SIGCONT");
  },
};
