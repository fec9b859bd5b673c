import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { assertOnce, RowClients, rowsFile } from "../../testing/rows.ts";
import { type Running, start } from "../../testing/server.ts";

/** How many requests; more of them for a night. */
const REQUESTS = Number(process.env.STRESS ?? 4000);

/** Mostly fast views, some as slow as makes others be taken back, some slow only after their answer. */
function anyView(): string {
  const kind = Math.random();
  if (kind < 0.75) return "0";
  const milliseconds = Math.floor(Math.random() * 30);
  return kind < 0.9 ? `${milliseconds}` : `${milliseconds},close`;
}

/** Clients that leave in the middle, until told to stop. */
async function leave(server: Running, stop: AbortSignal): Promise<void> {
  for (let count = 1; !stop.aborted; count += 1) {
    const signal = AbortSignal.timeout(1 + Math.floor(Math.random() * 20));
    await fetch(`${server.url}/left${count}?${anyView()}`, { signal })
      .then((response) => response.text())
      .catch(() => {});
    await sleep(Math.random() * 10);
  }
}

for (const [workers, threads] of [
  [2, 1],
  [3, 1],
  [2, 3],
] as const) {
  test(`${workers} workers of ${threads}, requests taken back all the time: each runs once and is answered`, async () => {
    const file = rowsFile();
    const args = ["--workers", String(workers), "--threads", String(threads)];
    const server = await start("rows", { args, env: { ROWS: file.path } });
    try {
      const stop = new AbortController();
      const leaving = leave(server, stop.signal);
      const clients = new RowClients(server.url, 24, anyView, REQUESTS);
      await clients.finished();
      stop.abort();
      await leaving;
      const { outcomes } = clients;
      assert.equal(outcomes.length, REQUESTS);
      assert.deepEqual(
        outcomes.filter(({ status }) => status !== 200),
        [],
      );
      assertOnce(file.read(), outcomes);
      assert.deepEqual(
        server.log().filter(({ level }) => level === "error"),
        [],
      );
    } finally {
      await server.stop();
      file.remove();
    }
  });
}
