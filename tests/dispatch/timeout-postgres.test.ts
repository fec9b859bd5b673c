import assert from "node:assert/strict";
import { test } from "node:test";
import { get } from "../../testing/hangs.ts";
import { startPostgres, withoutPostgres } from "../../testing/postgres.ts";
import { start } from "../../testing/server.ts";
import { until } from "../../testing/wait.ts";

test(
  "a query of PostgreSQL that takes too long is cancelled, and Django's connection closed",
  { skip: withoutPostgres },
  async () => {
    const postgres = await startPostgres();
    const limits = ["--timeout", "60", "--timeout", "/slow=2", "--timeout-grace", "60"];
    const server = await start("pg_sleep", {
      args: ["--workers", "2", ...limits],
      env: { DATABASE_URL: postgres.url },
    });
    const sessions = async (): Promise<string> => (await get(server, "/sessions")).text;
    try {
      // The first requests are the ones that load what they need.
      assert.deepEqual(await Promise.all([sessions(), sessions()]), ["0", "0"]);
      const hung = get(server, "/slow");
      await until(async () => (await sessions()) === "1", "the query runs");
      assert.equal((await hung).status, 504);
      const line = await server.logged(({ msg }) => msg?.includes("in GET /slow") === true);
      await server.logged(
        ({ msg, worker }) => msg === "request_finished" && worker === line.worker,
      );
      const none = "the server knows of no session of that request";
      await until(async () => (await sessions()) === "0", none);
      assert.ok(!server.log().some(({ msg }) => msg?.includes("still hangs")));
    } finally {
      await server.stop();
      await postgres.stop();
    }
  },
);
