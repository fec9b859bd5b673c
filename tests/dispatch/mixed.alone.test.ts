import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Agent } from "undici";
import { clock, type Delays, withDelays } from "../../testing/delays.ts";
import { start } from "../../testing/server.ts";

/** Milliseconds a fast request may wait while a worker is free, on an idle machine. */
const BOUND = 50;
/** Milliseconds before and after a request in which what delays it may have begun and be seen to end. */
const AROUND = 50;

/** Processes that hand a request on, one after the other, and are delayed each: front and worker. */
const HOPS = 2;

interface Ran {
  /** Milliseconds of the machine's monotonic clock. */
  sent: number;
  began: number;
  ended: number;
}

/** A fast request that waited too long while a worker was free. */
interface Late extends Ran {
  /** The time in which one was. */
  waited: number;
  /** How long controls of the same moment had to wait, as often as it is handed on. */
  control: number;
}

interface Measured {
  late: Late[];
  /** Fast requests that came while some slow views ran, and while as many ran as can. */
  besideSome: number;
  besideAll: number;
}

/** Ask for 2-second views and fast ones for some seconds. */
async function measure(threads: number, seconds: number): Promise<Measured> {
  const server = await start("mixed", { args: ["--workers", "2", "--threads", String(threads)] });
  const agent = new Agent({ connections: 32 });
  const until = clock() + seconds * 1000;
  const ask = async (path: string): Promise<Ran> => {
    const sent = clock();
    const { statusCode, headers, body } = await agent.request({
      origin: server.url,
      path,
      method: "GET",
    });
    await body.dump();
    assert.equal(statusCode, 200);
    return {
      sent,
      began: Number(headers["x-began"]),
      ended: Number(headers["x-ended"]),
    };
  };
  const slow: Ran[] = [];
  const fast: Ran[] = [];
  const askSlowly = async (first: number): Promise<void> => {
    for (let count = first; clock() < until; count += 1) {
      await sleep(Math.random() * 1500);
      slow.push(await ask(count % 2 === 0 ? "/sleep?2" : "/hash?2"));
    }
  };
  const askFast = async (): Promise<void> => {
    while (clock() < until) {
      fast.push(await ask("/fast"));
      await sleep(Math.random() * 20);
    }
  };
  const { delays } = await withDelays(async () => {
    const slowly = Array.from({ length: threads * 2 }, (_, index) => askSlowly(index));
    await Promise.all([...slowly, ...Array.from({ length: 6 }, askFast)]);
  });
  await agent.close();
  await server.stop();
  return judge(threads * 2, slow, fast, delays);
}

/** @param room how many views can run at once */
function judge(room: number, slow: Ran[], fast: Ran[], delays: Delays): Measured {
  const measured: Measured = { late: [], besideSome: 0, besideAll: 0 };
  for (const each of fast) {
    const busy = slow.filter(({ began, ended }) => began < each.sent && each.sent < ended).length;
    if (busy === room) measured.besideAll += 1;
    else if (busy > 0) measured.besideSome += 1;
    const waited = freeTime(room, slow, each.sent, each.began);
    if (waited <= BOUND) continue;
    const control = HOPS * delays.worst(each.sent - AROUND, each.began + AROUND);
    if (waited > BOUND + control) measured.late.push({ ...each, waited, control });
  }
  return measured;
}

/** For how long, between two moments, fewer slow views ran than can. */
function freeTime(room: number, slow: Ran[], from: number, to: number): number {
  const overlapping = slow.filter(({ began, ended }) => began < to && ended > from);
  const moments = [from, to, ...overlapping.flatMap(({ began, ended }) => [began, ended])]
    .filter((moment) => moment >= from && moment <= to)
    .toSorted((a, b) => a - b);
  let free = 0;
  for (let index = 1; index < moments.length; index += 1) {
    const start = moments[index - 1] as number;
    const end = moments[index] as number;
    const middle = (start + end) / 2;
    const busy = overlapping.filter(({ began, ended }) => began < middle && middle < ended).length;
    if (busy < room) free += end - start;
  }
  return free;
}

async function noneLate(threads: number, seconds: number): Promise<void> {
  const { late, besideSome, besideAll } = await measure(threads, seconds);
  assert.ok(besideSome > 100, `only ${besideSome} fast requests came while a worker was busy`);
  if (threads === 1)
    assert.ok(besideAll > 10, `only ${besideAll} fast requests came while both were`);
  const text = late.map(({ waited, control }) => `${waited} ms, and a control ${control} ms`);
  assert.deepEqual(text, [], "fast requests waited while a worker was free");
}

test("beside views of 2 s, asleep or in a call of C, no fast request waits over 50 ms while a worker is free", async () => {
  await noneLate(1, 8);
});

test("nor while one of a worker's threads is free", async () => {
  await noneLate(2, 6);
});
