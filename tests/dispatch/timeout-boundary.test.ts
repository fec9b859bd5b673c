import assert from "node:assert/strict";
import { test } from "node:test";
import { allDay } from "../../testing/all-day.ts";
import { get } from "../../testing/hangs.ts";
import { interrupted } from "../../testing/interrupted.ts";
import { until } from "../../testing/wait.ts";

const REQUESTS = allDay ? 1000 : 400;
const TIMEOUT = 0.1;

for (const threads of [1, 4]) {
  test(`${threads} threads: of ${REQUESTS} requests about as long as the timeout none is interrupted for another`, async () => {
    const limits = ["--timeout", String(TIMEOUT), "--queue-timeout", "300"];
    const size = threads === 1 ? ["--workers", "4"] : ["--workers", "2", "--threads", "4"];
    await interrupted(1, [...limits, ...size], async (server) => {
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
      assert.equal(statuses.size, REQUESTS);
      const answered = [...statuses.keys()].filter((key) => statuses.get(key) === 200);
      // The end of a response is on its way before close() is called.
      let events = server.allEvents();
      await until(() => {
        events = server.allEvents();
        return answered.every((key) => events.has(key));
      }, "each that was answered is closed");
      for (const key of answered) {
        assert.deepEqual(events.get(key), ["closed"], `${key} was answered, and not interrupted`);
      }
      const late = [...statuses].filter(([, status]) => status !== 200);
      for (const [key, status] of late) {
        const own = events.get(key) ?? [];
        // 0 for a response that was cut after its head.
        assert.ok(status === 504 || status === 0, `${key} got ${status}`);
        assert.ok(own.filter((each) => each === "timeout").length <= 1);
        assert.ok(own.filter((each) => each === "closed").length <= 1);
      }
      assert.ok(late.length > 0 && late.length < REQUESTS / 2, `${late.length} were late`);
    });
  });
}
