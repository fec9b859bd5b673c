import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { measured } from "../../testing/control.ts";
import { exchange, newConnections } from "../load/exchange.ts";
import { failureOf } from "../load/tally.ts";
import type { Server } from "../servers.ts";
import { Site } from "../site.ts";
import type { Attack } from "./attacks.ts";

/** What an attack cost a server. */
export interface Cost {
  /** Megabytes that all its processes took more than before, at most; and those they still take some seconds after the attack. */
  memory: number;
  after: number;
  /** Seconds of processor time that its processes used while it lasted. */
  cpu: number;
  /** Milliseconds of another client's slowest request, and how many of its requests were not answered. */
  wait: number;
  lost: number;
  asked: number;
  /** Milliseconds by which the machine itself delayed everything meanwhile. */
  noise: number;
}

/** Milliseconds between two requests of the bystander, and how long it waits for a response. */
const PAUSE = 20;

/** Milliseconds after which freed memory has been returned, or never will be. */
const AFTER = 3000;

/** Clients of the load before an attack, and the requests of each. */
const LOAD = { clients: 50, requests: 20 };

const site = join(import.meta.dirname, "site");

/**
 * @param seconds that the attack lasts
 * @param rest milliseconds after it, until it is seen what memory is free again
 */
export async function costOf(
  server: Server,
  attack: Attack,
  seconds: number,
  rest: number = AFTER,
): Promise<Cost> {
  const place = await Site.start(
    server,
    { env: { ...process.env, PYTHONPATH: site } },
    () => [],
    false,
    site,
  );
  try {
    await ordinaryLoad(place.port);
    const before = memoryOf(place.processes());
    const used = cpuOf(place.processes());
    let most = before;
    const { result, worst } = await measured(async () => {
      const attacker = attackBy(attack, place.port);
      const end = performance.now() + seconds * 1000;
      const bystander = { wait: 0, lost: 0, asked: 0 };
      try {
        for (let looked = 0; performance.now() < end; await sleep(PAUSE)) {
          const began = performance.now();
          const failure = await ask(place.port);
          bystander.wait = Math.max(bystander.wait, performance.now() - began);
          bystander.asked += 1;
          if (failure !== null) bystander.lost += 1;
          if (performance.now() - looked < 250) continue;
          looked = performance.now();
          most = Math.max(most, memoryOf(place.processes()));
        }
      } finally {
        await attacker.stop();
      }
      return bystander;
    });
    const cpu = cpuOf(place.processes()) - used;
    await sleep(rest);
    const after = memoryOf(place.processes()) - before;
    return { memory: most - before, after, cpu, noise: worst, ...result };
  } finally {
    await place.stop();
  }
}

/** Memory that every server takes at its first load does not count as an attack's cost. */
async function ordinaryLoad(port: number): Promise<void> {
  const body = Buffer.alloc(20_000, "x");
  await Promise.all(
    Array.from({ length: LOAD.clients }, async () => {
      const connections = newConnections();
      for (let count = 0; count < LOAD.requests; count += 1) {
        await exchange(port, connections, { path: "/" });
        await exchange(port, connections, { path: "/upload", method: "POST", body });
      }
    }),
  );
}

async function ask(port: number): Promise<string | null> {
  return failureOf(await exchange(port, newConnections(), { path: "/" }));
}

function attackBy(attack: Attack, port: number): { stop(): Promise<void> } {
  const file = join(import.meta.dirname, "attacker.ts");
  const child = spawn(process.execPath, [file, attack.id, String(port)], {
    stdio: ["pipe", "inherit", "inherit"],
  });
  const kill = (): void => void child.kill("SIGKILL");
  process.once("exit", kill);
  const ended = once(child, "exit");
  return {
    async stop() {
      child.stdin.end();
      const timer = setTimeout(kill, 5000);
      await ended;
      clearTimeout(timer);
      process.off("exit", kill);
    },
  };
}

/**
 * Megabytes that processes have for themselves, and their shares of what they have together. Not the files they run: of
 * those the share of a process is smaller while others run the same.
 */
function memoryOf(pids: number[]): number {
  return sum(pids, (pid) => {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
    const shares = rollup.matchAll(/^Pss_(?:Anon|Shmem):\s+(\d+) kB/gm);
    return [...shares].reduce((all, [, kilobytes]) => all + Number(kilobytes), 0) / 1000;
  });
}

/** Seconds of processor time, in hundredths. */
function cpuOf(pids: number[]): number {
  return sum(pids, (pid) => {
    const fields = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ").at(-1)?.split(" ") ?? [];
    return (Number(fields[11]) + Number(fields[12])) / 100;
  });
}

function sum(pids: number[], of: (pid: number) => number): number {
  return pids.reduce((all, pid) => {
    try {
      return all + of(pid);
    } catch {
      return all; // it has just ended
    }
  }, 0);
}
