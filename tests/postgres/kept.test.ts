import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import {
  type RestartablePostgres,
  startPostgres,
  withoutPostgres,
} from "../../testing/postgres.ts";
import { runCommand } from "../../testing/command.ts";
import { isAlive } from "../../testing/processes.ts";
import { type Running, start } from "../../testing/server.ts";
import { until } from "../../testing/wait.ts";

/** The database processes that each worker uses. */
type Backends = Map<number, Set<number>>;

/** A response: which worker ran the request, on which database process. */
interface Echo {
  worker: number;
  backends: number[];
}

let postgres: RestartablePostgres;
before(async () => {
  if (!withoutPostgres) postgres = await startPostgres();
});
after(() => postgres?.stop());

async function echo(server: Running, path = "/echo"): Promise<Echo> {
  const response = await fetch(server.url + path);
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return JSON.parse(text) as Echo;
}

/** The status and text of a response, or that it was truncated. */
async function get(url: string): Promise<string> {
  const response = await fetch(url);
  const text = await response.text().catch(() => null);
  return text === null ? "cut off" : `${response.status} ${text}`;
}

/** The database processes, by the name of their client. */
async function sessions(server: Running): Promise<Record<string, number[]>> {
  const response = await fetch(`${server.url}/sessions`);
  return (await response.json()) as Record<string, number[]>;
}

/** Send requests until every worker has answered this often; returns the database processes that each uses. */
async function backendsOf(server: Running, workers: number, times = 1): Promise<Backends> {
  const found: Backends = new Map();
  const answers = new Map<number, number>();
  await until(async () => {
    const asked = Array.from({ length: workers * 3 }, () => echo(server));
    for (const { worker, backends } of await Promise.all(asked)) {
      found.set(worker, new Set([...(found.get(worker) ?? []), ...backends]));
      answers.set(worker, (answers.get(worker) ?? 0) + 1);
    }
    return found.size >= workers && Math.min(...answers.values()) >= times;
  }, `${workers} workers have answered ${times} times`);
  assert.equal(found.size, workers);
  return found;
}

const allOf = (backends: Backends): number[] =>
  Array.from(backends.values(), (own) => Array.from(own)).flat();

function assertDisjoint(backends: Backends): void {
  const all = allOf(backends);
  assert.equal(new Set(all).size, all.length, "no two workers share a connection");
}

const KEPT = [
  ["persistent connections", "persistent", []],
  ["psycopg's pool", "pool", []],
  ["persistent connections, several threads", "persistent", ["--threads", "3"]],
  ["psycopg's pool, several threads", "pool", ["--threads", "3"]],
  ["psycopg's pool, fresh processes", "pool", ["--no-preload"]],
] as const;

for (const [name, keep, args] of KEPT) {
  describe(name, { skip: withoutPostgres }, () => {
    let server: Running;
    before(async () => {
      const env = { DATABASE_URL: postgres.url, PG_KEEP: keep, PG_IMPORT: "1" };
      server = await start("pg_site", { args: ["--workers", "3", ...args], env });
    });
    after(() => server?.stop());

    test(`${name}: each worker has its own, and keeps it`, async () => {
      const backends = await backendsOf(server, 3, 10);
      assertDisjoint(backends);
      // One for each thread, or as many as its pool may have. Kept by none, there would be 10 of them.
      const most = keep === "pool" || args.includes("--threads" as never) ? 3 : 1;
      for (const own of backends.values()) {
        assert.ok(own.size <= most, `${own.size} connections, not kept from request to request`);
      }
      if (!args.includes("--no-preload" as never)) {
        assert.equal(
          (await sessions(server))["of the import"],
          undefined,
          "closed before the fork",
        );
      }
    });

    test(`${name}: nothing is lost in a fork, a kill and two reloads under load`, async () => {
      const first = await backendsOf(server, 3);
      const over = new AbortController();
      const wrong: string[] = [];
      let answered = 0;
      const client = async (path: string): Promise<void> => {
        while (!over.signal.aborted) {
          const seen = await get(server.url + path);
          answered += 1;
          if (!seen.startsWith("200 ")) wrong.push(seen);
        }
      };
      const clients = ["/echo", "/echo", "/echo", "/echo", "/later", "/slow?0.05"].map(client);
      /** The load goes on, with the current workers. */
      const goesOn = async (): Promise<void> => {
        const enough = answered + 30;
        await until(() => answered >= enough, `${enough} answers`);
      };
      for (let count = 0; count < 2; count += 1) {
        const { code, stderr } = await runCommand(["reload", "--pid", String(server.pid)]);
        assert.equal(code, 0, stderr);
        await goesOn();
      }
      assert.deepEqual(wrong, [], "nothing is lost in a reload");
      await until(() => server.workers().length === 3, "those before the reload have left");
      const [killed] = server.workers();
      process.kill(killed as number, "SIGKILL");
      await server.logged(({ msg, worker }) => worker === killed && /died/.test(msg ?? ""));
      await until(() => server.workers().length === 3, "another is there");
      await goesOn();
      over.abort();
      await Promise.all(clients);
      // The request it was running.
      const threads = args.includes("--threads" as never) ? 3 : 1;
      assert.ok(wrong.length <= threads, wrong.join("\n"));
      for (const each of wrong) assert.match(each, /^502 .*\nQUINTET_WORKER_DIED|^cut off/);
      const now = await backendsOf(server, 3);
      assertDisjoint(now);
      const old = new Set(allOf(first));
      await until(
        async () => !((await sessions(server)).site ?? []).some((pid) => old.has(pid)),
        "those of the first generation are gone",
      );
      for (const worker of first.keys()) assert.ok(!isAlive(worker));
      const bad = server
        .log()
        .filter(({ level, msg }) => level === "error" && !/died|ended: killed/.test(msg ?? ""));
      assert.deepEqual(bad, []);
    });

    test(`${name}: a restart of PostgreSQL is survived`, async () => {
      const before = await backendsOf(server, 3);
      await postgres.restart();
      const after = await backendsOf(server, 3);
      assert.deepEqual(
        [...after.keys()].toSorted(),
        [...before.keys()].toSorted(),
        "by the same workers",
      );
      assertDisjoint(after);
    });
  });
}
