// A process that a view forks belongs to the application: it never serves requests.
import assert from "node:assert/strict";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { apps } from "../../testing/paths.ts";
import { descendants, isAlive } from "../../testing/processes.ts";
import { serve } from "../../testing/serve.ts";
import { untilRequests } from "../../testing/status.ts";
import { folderWith } from "../../testing/temp.ts";
import { until } from "../../testing/wait.ts";

describe("a child that a view forks", { concurrency: true }, () => {
  for (const args of [["--threads", "1"], ["--threads", "2"], ["--no-preload"]]) {
    test(`does not serve: ${args.join(" ")}`, async (t) => {
      const folder = folderWith();
      symlinkSync(join(apps, "forking.py"), join(folder, "forking.py"));
      const server = await serve(t, "forking", { cwd: folder, args });
      const get = async (path: string): Promise<string> => {
        const response = await fetch(`${server.url}/${path}`);
        assert.equal(response.status, 200, path);
        return response.text();
      };
      const worker = await get("pid");
      const serves = async (): Promise<void> => {
        const answers = await Promise.all(Array.from({ length: 10 }, () => get("pid")));
        assert.deepEqual(new Set(answers), new Set([worker]));
      };
      const ended = async (child: string): Promise<string> => {
        let how = "";
        await until(async () => (how = await get(`ended?${child}`)) !== "", "the child has ended");
        return how;
      };
      for (const [how, status] of [
        ["return", "0"],
        ["exit", "7"],
        ["raise", "1"],
        ["write", "0"],
        ["swallow", "0"],
        ["double", "0"],
      ] as const) {
        const child = await get(`fork?${how}`);
        assert.match(child, /^\d+$/, how);
        assert.equal(await ended(child), status, how);
        await serves();
      }
      const grandchild = (): Promise<string> => get("noted");
      await until(async () => (await grandchild()) !== "", "there is one");
      const pid = Number(await grandchild());
      await until(() => !isAlive(pid), "it has ended");
      const [own, child = ""] = (await get("fork?stream")).split(" ");
      assert.equal(own, worker);
      assert.equal(await ended(child), "0");
      assert.equal(await get("fork?close"), "answered");
      await until(async () => Number(await get("noted")) > pid, "close() has forked");
      assert.equal(await ended(await get("noted")), "0");
      assert.equal(await get("process"), "5");
      await serves();
      const traceback = server
        .log()
        .filter(({ msg = "" }) => msg === "ValueError: raised by the child");
      assert.equal(traceback.length, 1);
      assert.ok(!server.log().some(({ msg = "", code }) => code || /died|broke/.test(msg)));
    });
  }

  test("after SIGTERM to all processes, a request that has forked can still finish", async (t) => {
    const server = await serve(t, "forking", { ownGroup: true });
    const answer = fetch(`${server.url}/slow`);
    await untilRequests(server, { running: 1 });
    const [worker] = server.workers() as [number];
    await until(() => descendants(worker).length === 1, "it has forked");
    process.kill(-worker, "SIGTERM");
    process.kill(-server.pid, "SIGTERM");
    assert.equal(await (await answer).text(), "slept");
    assert.equal(await server.ended, 0);
  });
});
