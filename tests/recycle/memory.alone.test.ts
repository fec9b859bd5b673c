// The kernel counts out-of-memory kills for the whole machine, so nothing else may be killed meanwhile.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { cgroup } from "../../testing/cgroup.ts";
import { watchPool } from "../../testing/worker-status.ts";

test("the log tells an out-of-memory kill from any other SIGKILL", async (t) => {
  const group = cgroup(t, "memory", 80_000_000);
  if (group === null) return;
  const { server } = await watchPool(t, "memory", { args: ["--workers", "1"] });
  const [first] = server.workers();
  writeFileSync(join(group, "cgroup.procs"), String(first));
  assert.equal((await fetch(`${server.url}/use?300,5`)).status, 502);
  await server.logged(
    ({ worker, msg }) =>
      worker === first &&
      msg?.startsWith("worker died (killed by SIGKILL, probably out of memory") === true,
  );
  // Its successor has started.
  assert.equal((await fetch(`${server.url}/use?1,0`)).status, 200);
  const [second] = server.workers();
  process.kill(second as number, "SIGKILL");
  await server.logged(
    ({ worker, msg }) =>
      worker === second && msg?.startsWith("worker died (killed by SIGKILL)") === true,
  );
});
