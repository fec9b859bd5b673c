import assert from "node:assert/strict";
import { test } from "node:test";
import { get } from "../../testing/hangs.ts";
import { interrupted } from "../../testing/interrupted.ts";
import { until } from "../../testing/wait.ts";

const REQUESTS = 1000;
const TIMEOUT = 0.1;

for (const threads of [1, 4]) {
  test(`${threads} threads: of ${REQUESTS} requests about as long as the timeout none is interrupted for another`, async () => {
    const limits = ["--timeout", String(TIMEOUT), "--timeout", "/for=5", "--queue-timeout", "300"];
    const size = threads === 1 ? ["--workers", "4"] : ["--workers", "2", "--threads", "4"];
    await interrupted([...limits, ...size], async (server) => {
      const statuses = new Map<string, number>();
      let next = 0;
      // Four clients: each request takes from far below the timeout to a little above it.
      const client = async (): Promise<void> => {
        while (next < REQUESTS) {
          const key = `k${next}`;
          const seconds =
            TIMEOUT * (0.05 + (next % 10 === 0 ? 0.95 + (next % 7) / 100 : (next % 10) / 100));
          next += 1;
          const { status, text } = await get(server, `/near?key=${key}&s=${seconds}`).catch(() => ({
            status: 0,
            text: "",
          }));
          statuses.set(key, status);
          if (status === 200) {
            const whole = Array.from({ length: 5 }, (_, number) => `${key}:${number}\n`).join("");
            assert.equal(text, whole);
          }
        }
      };
      await Promise.all(Array.from({ length: 4 }, client));
      let late = 0;
      for (const [key, status] of statuses) {
        // The end of a response is on its way before close() is called.
        if (status === 200) await until(() => server.events(key).length > 0, `${key} is closed`);
        const events = server.events(key);
        if (status === 200) {
          assert.deepEqual(events, ["closed"], `${key} was answered, and not interrupted`);
          continue;
        }
        // 0 for a response that was cut after its head.
        assert.ok(status === 504 || status === 0, `${key} got ${status}`);
        late += 1;
        assert.ok(events.filter((each) => each === "timeout").length <= 1);
        assert.ok(events.filter((each) => each === "closed").length <= 1);
      }
      assert.equal(statuses.size, REQUESTS);
      assert.ok(late > 0 && late < REQUESTS / 2, `${late} were late`);
    });
  });
}
