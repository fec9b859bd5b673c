// Programs that a view has started can print as long as any part of the server runs.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { runCommand } from "../../testing/command.ts";
import { isAlive } from "../../testing/processes.ts";
import { serve } from "../../testing/serve.ts";
import type { Running } from "../../testing/server.ts";
import { statusOf } from "../../testing/status.ts";
import { folderWith } from "../../testing/temp.ts";
import { until } from "../../testing/wait.ts";

interface Job {
  /** The pid of the worker that has started it. */
  worker: number;
  pid: number;
  /** The numbers that it has printed, from the log. */
  counted(): number[];
  /** Stop it. Returns its last number. */
  stop(): Promise<number>;
  /** Wait until it has printed more. */
  goesOn(): Promise<void>;
}

async function startJob(server: Running): Promise<Job> {
  const stopFile = join(folderWith(), "stop");
  const pids = await (await fetch(`${server.url}/job?${stopFile}`)).text();
  const [worker, pid] = pids.split(" ").map(Number) as [number, number];
  const counted = (): number[] =>
    server
      .log()
      .filter((line) => line.worker === worker && line.msg?.startsWith(`job ${pid}: `))
      .map(({ msg }) => Number(/: (\d+)$/.exec(msg ?? "")?.[1]))
      .filter((number) => !Number.isNaN(number));
  return {
    worker,
    pid,
    counted,
    async stop() {
      writeFileSync(stopFile, "");
      await server.logged(({ msg }) => msg?.startsWith(`job ${pid}: stops after `) === true);
      await until(() => readFileSync(stopFile, "utf8") !== "", "it has written how far it came");
      return Number(readFileSync(stopFile, "utf8"));
    },
    async goesOn() {
      const before = counted().length;
      await server.logged(() => counted().length > before + 3);
    },
  };
}

/** Not by the parent of the process, which also adopts the jobs of workers that have ended. */
async function frontOf(server: Running): Promise<number> {
  const fronts = (await statusOf(server))?.fronts ?? [];
  return fronts.find(({ state }) => state === "running")?.pid as number;
}

test("the output of a job is logged, even if its worker and its front end", async (t) => {
  const server = await serve(t, "printing", { args: ["--keep-alive", "1"] });
  const job = await startJob(server);
  await job.goesOn();
  assert.equal((await runCommand(["reload", "--pid", String(server.pid)])).code, 0);
  await until(() => !isAlive(job.worker), "its worker has ended");
  await job.goesOn();
  const front = await frontOf(server);
  assert.equal((await runCommand(["upgrade", "--pid", String(server.pid)])).code, 0);
  await until(() => !isAlive(front), "its front has ended");
  await job.goesOn();
  const other = await startJob(server);
  await other.goesOn();
  process.kill(await frontOf(server), "SIGKILL");
  await server.logged(({ msg = "" }) => /^front \d+ serves/.test(msg));
  await other.goesOn();
  await other.stop();
  await job.goesOn();
  const last = await job.stop();
  const all = [0, ...job.counted(), last + 1];
  const gaps = all.filter(
    (number, index) => index > 0 && number !== (all[index - 1] as number) + 1,
  );
  assert.deepEqual(gaps, [], "lines are lost before these");
  const third = await startJob(server);
  await third.goesOn();
  assert.equal(await server.stop(), 0);
  await until(() => !isAlive(third.pid), "with the server its output ends, too");
});
