import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type Postgres, startPostgres, withoutPostgres } from "../../testing/postgres.ts";
import { serve } from "../../testing/serve.ts";
import { runCommand } from "../../testing/command.ts";
import { isAlive } from "../../testing/processes.ts";
import { until } from "../../testing/wait.ts";
import { folderWith } from "../../testing/temp.ts";

/** An application that asks its own pool; the name of each connection is the pid of the worker that opened it. */
const APP = `import os
from database import pool
def application(environ, start_response):
    with pool.connection() as connection:
        query = "SELECT application_name, pid FROM pg_stat_activity WHERE application_name LIKE 'w%'"
        rows = connection.execute(query).fetchall()
    start_response("200 OK", [])
    return ["\\n".join("%s %d" % row for row in [("w%d" % os.getpid(), 0), *rows]).encode()]
`;
const DATABASE = `import os
from urllib.parse import unquote, urlsplit
from psycopg_pool import ConnectionPool
url = urlsplit(os.environ["DATABASE_URL"])
pool = ConnectionPool(min_size=2, max_size=2, open=False, kwargs={
    "dbname": url.path[1:], "user": url.username, "host": unquote(url.netloc.split("@")[1]), "autocommit": True})
def post_fork(worker):
    pool.kwargs["application_name"] = "w%d" % worker.pid
    pool.open(wait=True, timeout=20)
def worker_exit(worker):
    pool.close()
    print("closed %d" % worker.pid)
`;

let postgres: Postgres;
before(async () => {
  if (!withoutPostgres) postgres = await startPostgres();
});
after(() => postgres?.stop());

/**
 * Wait until the database knows of two sessions alone, those of the worker that answers. A session that is closed ends a
 * little later.
 */
async function untilOwn(url: string): Promise<number> {
  let worker = 0;
  let sessions: string[] = [];
  const look = async (): Promise<boolean> => {
    const [own = "", ...rows] = (await (await fetch(url)).text()).split("\n");
    worker = Number(/^w(\d+) 0$/.exec(own)?.[1]);
    sessions = rows.map((row) => row.split(" ")[0] as string);
    return sessions.join() === `w${worker},w${worker}`;
  };
  await until(look, "the sessions are those of the worker").catch((error: Error) => {
    throw new Error(`${error.message}: ${worker}: ${sessions.join()}`, { cause: error });
  });
  return worker;
}

for (const [how, more] of [
  ["forked", []],
  ["of several threads", ["--threads", "2"]],
  ["fresh", ["--no-preload"]],
] as const) {
  test(
    `a pool is opened in post_fork and closed in worker_exit: workers ${how}`,
    { skip: withoutPostgres },
    async (t) => {
      const cwd = folderWith({ "app.py": APP, "database.py": DATABASE });
      const env = { DATABASE_URL: postgres.url };
      const args = ["--hooks", "database", ...more];
      const server = await serve(t, "app", { cwd, env, args });
      const first = await untilOwn(server.url);
      assert.equal((await runCommand(["reload", "--pid", String(server.pid)])).code, 0);
      await until(() => !isAlive(first), "the old worker has ended");
      await server.logged(({ msg }) => msg === `closed ${first}`);
      const second = await untilOwn(server.url);
      assert.notEqual(second, first);
      assert.ok(!server.log().some(({ msg }) => msg?.startsWith("preload off")));
      assert.equal(await server.stop(), 0);
      assert.ok(server.log().some(({ msg }) => msg === `closed ${second}`));
    },
  );
}
