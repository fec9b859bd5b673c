import assert from "node:assert/strict";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { edition, editionFolder } from "../../testing/edition.ts";
import type { PoolStatus } from "../../src/workers/pool-status.ts";
import { watchPool } from "../../testing/worker-status.ts";
import { disk, noDisk } from "../../testing/disk.ts";
import { isAlive, zygotesOf } from "../../testing/processes.ts";
import { folderWith } from "../../testing/temp.ts";

test("removing the runtime directory stops nothing", async (t) => {
  const base = folderWith();
  const args = ["--workers", "2"];
  const options = { args, cwd: editionFolder(), env: { XDG_RUNTIME_DIR: base } };
  const { server, pool, until } = await watchPool(t, "edition", options);
  const { front } = server;
  await until(({ workers }) => workers.every(({ state }) => state === "ready"), "two workers");
  const answer = fetch(`${server.url}/sleep?1.5`);
  await until(({ workers }) => workers.some(({ running }) => running.length > 0), "it runs");
  for (const name of readdirSync(base)) rmSync(join(base, name), { recursive: true });
  const idle = (await pool()).workers.find(({ running }) => running.length === 0)?.pid as number;
  process.kill(idle, "SIGKILL");
  const replaced = ({ workers }: PoolStatus): boolean =>
    workers.length === 2 && workers.every(({ state, pid }) => state === "ready" && pid !== idle);
  await until(replaced, "another worker");
  assert.equal(await (await answer).text(), "1 none");
  assert.ok(isAlive(front), "the front goes on");
});

test("if the runtime directory is removed at the user's last logout, the server makes another one elsewhere", async (t) => {
  const base = folderWith();
  const options = {
    cwd: editionFolder(),
    args: ["--workers", "1"],
    env: { XDG_RUNTIME_DIR: base },
  };
  const { server, pool, until } = await watchPool(t, "edition", options);
  const { front } = server;
  await until(({ workers }) => workers.every(({ state }) => state === "ready"), "a worker");
  rmSync(base, { recursive: true });
  for (const andTheZygote of [false, true]) {
    const [before] = (await pool()).workers;
    for (const zygote of andTheZygote ? zygotesOf(front) : []) process.kill(zygote, "SIGKILL");
    process.kill(before?.pid as number, "SIGKILL");
    const replaced = ({ workers }: PoolStatus): boolean =>
      workers.length === 1 && workers[0]?.state === "ready" && workers[0].pid !== before?.pid;
    await until(replaced, "another worker");
    assert.equal(await (await fetch(server.url)).text(), "1 none");
  }
  assert.ok(isAlive(front), "the front goes on");
});

test(
  "where the folder of front and workers is full, those that are there go on",
  {
    skip: noDisk,
  },
  async (t) => {
    const base = disk(t, 128);
    const args = ["--workers", "1", "--max-requests", "2"];
    const options = { args, cwd: editionFolder(), env: { XDG_RUNTIME_DIR: base } };
    const { server, until } = await watchPool(t, "edition", options);
    const { front } = server;
    const filler = join(base, "filler");
    assert.throws(() => writeFileSync(filler, Buffer.alloc(256 * 1024)), /ENOSPC/);
    const get = async (): Promise<string> => (await fetch(server.url)).text();
    for (let count = 0; count < 3; count += 1) assert.equal(await get(), "1 none");
    const line = await server.logged(({ msg }) => msg?.startsWith("worker did not start") === true);
    assert.match(line.msg as string, /no space left.* 1 of 1 workers serve/);
    assert.equal(await get(), "1 none");
    rmSync(filler);
    await until(({ workers }) => workers.every(({ answered }) => answered < 2), "a successor");
    assert.ok(isAlive(front), "the front goes on");
  },
);

test(
  "a full folder is not taken at the start: there is another one",
  { skip: noDisk },
  async (t) => {
    const base = disk(t, 16);
    assert.throws(() => writeFileSync(join(base, "filler"), Buffer.alloc(64 * 1024)), /ENOSPC/);
    const { says } = await edition(t, "edition", {}, { env: { XDG_RUNTIME_DIR: base } });
    assert.equal(await says(), "1 none");
  },
);
