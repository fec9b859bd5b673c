import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type RestartablePostgres,
  startPostgres,
  withoutPostgres,
} from "../../testing/postgres.ts";
import { runCommand } from "../../testing/command.ts";
import { isAlive } from "../../testing/processes.ts";
import { type Running, start } from "../../testing/server.ts";
import { until } from "../../testing/wait.ts";

/** What a request says: who ran it, and on which of the database's processes. */
interface Echo {
  worker: number;
  backends: number[];
}

let postgres: RestartablePostgres;
before(async () => {
  if (!withoutPostgres) postgres = await startPostgres();
});
after(() => postgres?.stop());

async function withSite(
  keep: string,
  args: string[],
  run: (server: Running) => Promise<void>,
): Promise<void> {
  const env = { DATABASE_URL: postgres.url, PG_KEEP: keep, PG_IMPORT: "1" };
  const server = await start("pg_site", { args, env });
  try {
    await run(server);
  } finally {
    await server.stop();
  }
}

async function echo(server: Running, path = "/echo"): Promise<Echo> {
  const response = await fetch(server.url + path);
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return JSON.parse(text) as Echo;
}

/** The status and the text of a response, or that it was cut off. */
async function get(url: string): Promise<string> {
  const response = await fetch(url);
  const text = await response.text().catch(() => null);
  return text === null ? "cut off" : `${response.status} ${text}`;
}

/** The database's processes, by the name of who is connected. */
async function sessions(server: Running): Promise<Record<string, number[]>> {
  const response = await fetch(`${server.url}/sessions`);
  return (await response.json()) as Record<string, number[]>;
}

/** Ask until all workers have answered; gives the database's processes that each uses. */
async function backendsOf(server: Running, workers: number): Promise<Map<number, Set<number>>> {
  const found = new Map<number, Set<number>>();
  const end = performance.now() + 20_000;
  while (found.size < workers && performance.now() < end) {
    const asked = Array.from({ length: workers * 3 }, () => echo(server));
    for (const { worker, backends } of await Promise.all(asked)) {
      const own = found.get(worker) ?? new Set();
      for (const each of backends) own.add(each);
      found.set(worker, own);
    }
  }
  assert.equal(found.size, workers);
  return found;
}

const allOf = (backends: Map<number, Set<number>>): number[] =>
  Array.from(backends.values(), (own) => Array.from(own)).flat();

function assertDisjoint(backends: Map<number, Set<number>>): void {
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
  test(`${name}: each worker has its own, and keeps it`, { skip: withoutPostgres }, async () => {
    await withSite(keep, ["--workers", "3", ...args], async (server) => {
      const first = await backendsOf(server, 3);
      assertDisjoint(first);
      const again = await backendsOf(server, 3);
      if (args.length === 0) assert.deepEqual(again, first, "kept from request to request");
      if (!args.includes("--no-preload" as never)) {
        assert.equal(
          (await sessions(server))["of the import"],
          undefined,
          "closed before the fork",
        );
      }
    });
  });

  test(
    `${name}: nothing is lost in a fork, a kill and two reloads under load`,
    { skip: withoutPostgres },
    async () => {
      await withSite(keep, ["--workers", "3", ...args], async (server) => {
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
        for (let count = 0; count < 2; count += 1) {
          const { code, stderr } = await runCommand(["reload", "--pid", String(server.pid)]);
          assert.equal(code, 0, stderr);
          await sleep(300);
        }
        assert.deepEqual(wrong, [], "nothing is lost in a reload");
        const [killed] = server.workers();
        process.kill(killed as number, "SIGKILL");
        await server.logged(({ msg, worker }) => worker === killed && /died/.test(msg ?? ""));
        await until(() => server.workers().length === 3, "another is there");
        await sleep(300);
        over.abort();
        await Promise.all(clients);
        assert.ok(answered > 50, `${answered} answers`);
        // What it was running just then.
        const threads = args.includes("--threads" as never) ? 3 : 1;
        assert.ok(wrong.length <= threads, wrong.join("\n"));
        for (const each of wrong) assert.match(each, /^502 .*\nQUINTET_WORKER_DIED|^cut off/);
        const now = await backendsOf(server, 3);
        assertDisjoint(now);
        const old = new Set(allOf(first));
        let left: number[] = [];
        for (let count = 0; count < 100; count += 1) {
          left = ((await sessions(server)).site ?? []).filter((pid) => old.has(pid));
          if (left.length === 0) break;
          await sleep(50);
        }
        assert.deepEqual(left, [], "those of the first generation are gone");
        for (const worker of first.keys()) assert.ok(!isAlive(worker));
        const bad = server
          .log()
          .filter(({ level, msg }) => level === "error" && !/died|ended: killed/.test(msg ?? ""));
        assert.deepEqual(bad, []);
      });
    },
  );

  test(`${name}: a restart of PostgreSQL is survived`, { skip: withoutPostgres }, async () => {
    await withSite(keep, ["--workers", "2", ...args], async (server) => {
      const before = await backendsOf(server, 2);
      await postgres.restart();
      const after = await backendsOf(server, 2);
      assert.deepEqual(
        [...after.keys()].toSorted(),
        [...before.keys()].toSorted(),
        "by the same workers",
      );
      assertDisjoint(after);
    });
  });
}
