import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { get } from "../../testing/hangs.ts";
import { startPostgres, withoutPostgres } from "../../testing/postgres.ts";
import { start } from "../../testing/server.ts";

test(
  "a query of PostgreSQL that takes too long is cancelled, and Django's connection closed",
  {
    skip: withoutPostgres,
  },
  async () => {
    const postgres = await startPostgres();
    const server = await start("pg_sleep", {
      args: ["--workers", "2", "--timeout", "1"],
      env: { DATABASE_URL: postgres.url },
    });
    try {
      const hung = get(server, "/slow");
      await sleep(300);
      assert.equal((await get(server, "/sessions")).text, "1");
      assert.equal((await hung).status, 504);
      const line = await server.logged(({ msg }) => Boolean(msg?.includes("in GET /slow")));
      await server.logged(
        ({ msg, worker }) => msg === "request_finished" && worker === line.worker,
      );
      let left = "";
      for (let count = 0; count < 20 && left !== "0"; count += 1) {
        await sleep(50);
        left = (await get(server, "/sessions")).text;
      }
      assert.equal(left, "0", "the server knows of no session of that request");
      assert.ok(!server.log().some(({ msg }) => msg?.includes("hangs still")));
    } finally {
      await server.stop();
      await postgres.stop();
    }
  },
);
