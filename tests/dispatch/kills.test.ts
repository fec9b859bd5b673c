import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { assertOnce, RowClients, rowsFile } from "../../testing/rows.ts";
import { type LogLine, type Running, start } from "../../testing/server.ts";
import { until } from "../../testing/wait.ts";

/** Milliseconds between two kills. */
const PAUSE = 50;

/** Kill a random worker again and again; one that only boots now and then, for that slows down the next start. */
async function killWorkers(server: Running, times: number, pause: number): Promise<Set<number>> {
  const killed = new Set<number>();
  /** One that is not yet killed, if chance wants it so. */
  const next = (): number | undefined => {
    const pids = server.workers().filter((pid) => !killed.has(pid));
    const pid = pids[Math.floor(Math.random() * pids.length)];
    const ready = server.output().includes(`"worker":${pid},"msg":"worker ready`);
    return ready || Math.random() < 0.1 ? pid : undefined;
  };
  while (killed.size < times) {
    // At any moment of what the workers do.
    await sleep(pause * (0.5 + Math.random()));
    let pid: number | undefined;
    await until(() => (pid = next()) !== undefined, "there is a worker to kill");
    killed.add(pid as number);
    process.kill(pid as number, "SIGKILL");
  }
  return killed;
}

/** A view that takes up to 12 ms, or so long that a kill is sure to hit one now and then. */
function anyView(): number {
  return Math.random() < 0.2 ? 100 : Math.floor(Math.random() * 12);
}

/** By request id, the pid of the worker whose death a 502 was blamed on. */
function blamed(log: LogLine[]): Map<string, number> {
  const byRequest = new Map<string, number>();
  for (const line of log) {
    const pid = /worker (\d+) ended: killed by SIGKILL/.exec(line.msg ?? "")?.[1];
    if (line.code === "QUINTET_WORKER_DIED" && pid)
      byRequest.set(line.request as string, Number(pid));
  }
  const byId = new Map<string, number>();
  for (const { access, request } of log) {
    const pid = byRequest.get(request as string);
    if (access && pid !== undefined) byId.set(access.path.split(/[/?]/)[1] as string, pid);
  }
  return byId;
}

/** @param fast a view is seldom hit: there the requests that wait at a killed worker are what counts */
async function killUnderLoad(
  threads: number,
  kills: number,
  query: () => number,
  fast = false,
): Promise<void> {
  const file = rowsFile();
  const args = ["--workers", "4", "--threads", String(threads), "--log-level", "debug"];
  const server = await start("rows", { args, env: { ROWS: file.path } });
  try {
    const clients = new RowClients(server.url, 8 + 4 * threads, query);
    const killed = await killWorkers(server, kills, PAUSE);
    await clients.stop();
    const { outcomes } = clients;
    const rows = file.read();
    assertOnce(rows, outcomes);
    const others = outcomes.filter(({ status }) => status !== 200 && status !== 502);
    assert.deepEqual(others, [], "answered neither 200 nor 502");

    // Each 502 is blamed on a worker that was killed, which was running that request, and no more than it can run.
    const lost = outcomes.filter(({ status }) => status === 502).map(({ id }) => id);
    let blame = new Map<string, number>();
    const isWhole = (): boolean => {
      blame = blamed(server.log());
      return lost.every((id) => blame.has(id));
    };
    // What is logged comes on another way than the answers, and may come later.
    await until(isWhole, "the log blames each 502 on a worker").catch(() => {});
    const perWorker = new Map<number, number>();
    let unseen = 0;
    for (const id of lost) {
      const pid = blame.get(id) as number;
      const said = server.log().filter(({ access }) => access?.path.startsWith(`/${id}?`));
      assert.ok(
        killed.has(pid),
        `the 502 of request ${id} is blamed on ${pid}, which was not killed: ${JSON.stringify(said)}`,
      );
      perWorker.set(pid, (perWorker.get(pid) ?? 0) + 1);
      if (!rows.begun.has(id)) unseen += 1;
      else assert.deepEqual(rows.begun.get(id), [pid], `request ${id} ran elsewhere`);
    }
    for (const [pid, count] of perWorker)
      assert.ok(count <= threads, `${count} requests were lost with ${pid}`);
    // Killed on its way into the application, before it could write its row.
    assert.ok(unseen <= Math.max(3, kills * 0.05), `${unseen} of ${lost.length} have no row`);

    // And what was cut off in the middle was not answered otherwise.
    const cut = [...rows.begun.keys()].filter((id) => !rows.ended.has(id));
    assert.deepEqual(
      cut.filter((id) => !lost.includes(id)),
      [],
      "cut off without a 502",
    );
    assert.ok(lost.length > 0 || fast, "no kill hit a running request: this test shows nothing");
    console.log(
      `${outcomes.length} requests, ${kills} kills, ${lost.length} times 502, ${unseen} without a row`,
    );
  } finally {
    await server.stop();
    file.remove();
  }
}

test("workers killed 200 times under load: no request runs twice, and 502 is for those that were running", async () => {
  await killUnderLoad(1, 200, anyView);
});

test("the same with views faster than the way to them, where requests queue at the workers", async () => {
  await killUnderLoad(1, 100, () => 0.3, true);
});

test("the same with four threads a worker", async () => {
  await killUnderLoad(4, 60, anyView);
});
