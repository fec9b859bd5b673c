// What the kernel kills for want of memory it counts for the whole machine: nobody else may be killed meanwhile.
import assert from "node:assert/strict";
import { mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { watched } from "../../testing/crew.ts";
import { inCI } from "../../testing/paths.ts";
import { until } from "../../testing/wait.ts";

/** A group of processes that may use so many bytes together; null where this machine does not let us make one. */
function memoryGroup(t: TestContext, bytes: number): string | null {
  const name = `quintet-${process.pid}`;
  const kinds = [
    [`/sys/fs/cgroup/memory/${name}`, "memory.limit_in_bytes"],
    [`/sys/fs/cgroup/${name}`, "memory.max"],
  ] as const;
  for (const [folder, limit] of kinds) {
    try {
      mkdirSync(folder);
      t.after(() => until(() => rmdirSync(folder) === undefined, "the group is empty"));
      writeFileSync(join(folder, limit), String(bytes), { flag: "r+" });
      return folder;
    } catch {
      // It is of the other kind, or not ours to make.
    }
  }
  const why = "root must be able to make a cgroup for memory, below /sys/fs/cgroup";
  assert.ok(!inCI, why);
  t.skip(why);
  return null;
}

test("a worker that the kernel kills for want of memory is told from one that somebody kills", async (t) => {
  const group = memoryGroup(t, 80_000_000);
  if (group === null) return;
  const { server } = await watched(t, "memory", { args: ["--workers", "1"] });
  const [first] = server.workers();
  writeFileSync(join(group, "cgroup.procs"), String(first));
  assert.equal((await fetch(`${server.url}/use?300,5`)).status, 502);
  await server.logged(
    ({ worker, msg }) =>
      worker === first &&
      msg?.startsWith("worker died (killed by SIGKILL, it seems for want of memory") === true,
  );
  // There is another, and it has started: it answers.
  assert.equal((await fetch(`${server.url}/use?1,0`)).status, 200);
  const [second] = server.workers();
  process.kill(second as number, "SIGKILL");
  await server.logged(
    ({ worker, msg }) =>
      worker === second && msg?.startsWith("worker died (killed by SIGKILL)") === true,
  );
});
