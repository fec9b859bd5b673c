import { Agent, get } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

/** Latencies in milliseconds. */
export interface Paced {
  requests: number;
  p50: number;
  p99: number;
  max: number;
}

/**
 * Ask so many times a second on average, at moments that do not wait for answers, as visitors do: between them a server that
 * is not busy has pauses. The same moments in each run.
 */
export async function paced(
  to: { port: number; path: string; headers: Record<string, string> },
  { rate, seconds }: { rate: number; seconds: number },
): Promise<Paced> {
  const agent = new Agent({ keepAlive: true });
  const next = generator();
  const asked: Promise<number>[] = [];
  const end = performance.now() + seconds * 1000;
  for (let at = performance.now(); at < end; at -= (Math.log(1 - next()) / rate) * 1000) {
    const pause = at - performance.now();
    if (pause > 0) await sleep(pause);
    asked.push(ask({ ...to, agent }));
  }
  const times = (await Promise.all(asked)).toSorted((a, b) => a - b);
  agent.destroy();
  const at = (share: number): number => times[Math.floor((times.length - 1) * share)];
  return { requests: times.length, p50: at(0.5), p99: at(0.99), max: at(1) };
}

function ask(options: {
  port: number;
  path: string;
  headers: Record<string, string>;
  agent: Agent;
}): Promise<number> {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const request = get({ host: "127.0.0.1", ...options }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`status ${response.statusCode}`));
      response.resume().on("end", () => resolve(performance.now() - began));
    });
    request.on("error", reject);
  });
}

/** Reproducible numbers from 0 to 1. */
function generator(): () => number {
  let state = 42;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
