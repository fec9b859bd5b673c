// The parts of the master that need no process: its coroutines, the changes one at a time, and the pauses before restarts.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { python, root } from "../../testing/paths.ts";

/** Run Python code that says what it finds as JSON. */
function inPython(code: string): unknown {
  const begin = "import json, sys\nsys.path.insert(0, 'python')\n";
  const { stdout, stderr, status } = spawnSync(python, ["-c", begin + code], {
    cwd: root,
    encoding: "utf8",
  });
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout);
}

test("a coroutine continues at once when the awaited value arrives, and returns its value", () => {
  const seen = inPython(`
from quintet.master.system.tasks import Pending, Task, all_of
seen = []
first, second = Pending(), Pending()
async def wait():
    seen.append(await first)
    return await all_of([second, first])
task = Task(wait(), lambda: seen.append("failed"))
seen.append("waits")
first.resolve("one")
first.resolve("ignored")
seen.append(task.done)
second.resolve("two")
async def outer():
    seen.append(await task)
Task(outer(), lambda: seen.append("failed"))
print(json.dumps(seen))
`);
  assert.deepEqual(seen, ["waits", "one", false, ["two", "one"]]);
});

test("an exception in a coroutine is reported, and raised in whatever awaits it", () => {
  const seen = inPython(`
from quintet.master.system.tasks import Pending, Task
seen = []
trigger = Pending()
async def fails():
    await trigger
    raise KeyError("x")
failing = Task(fails(), lambda: seen.append("reported " + repr(sys.exc_info()[1])))
async def waits():
    try:
        await failing
    finally:
        seen.append("cleaned up")
Task(waits(), lambda: seen.append("raised"))
trigger.resolve(None)
print(json.dumps(seen))
`);
  assert.deepEqual(seen, ["reported KeyError('x')", "cleaned up", "raised"]);
});

test("changes run one at a time, in the order of the requests", () => {
  const seen = inPython(`
from quintet.master.fronts.changes import Changes
from quintet.master.system.tasks import Pending, Task
seen, changes, ends = [], Changes(), [Pending(), Pending()]
async def change(name, end):
    await changes.until_free()
    changes.begin(name)
    seen.append(name)
    await end
    changes.end()
Task(change("reload", ends[0]), lambda: seen.append("failed"))
Task(change("upgrade", ends[1]), lambda: seen.append("failed"))
seen.append(changes.current)
changes.end()
seen.append("now " + changes.current)
ends[0].resolve(None)
seen.append("now " + changes.current)
ends[1].resolve(None)
seen.append("now " + changes.current)
print(json.dumps(seen))
`);
  assert.deepEqual(seen, ["start", "reload", "now reload", "upgrade", "now upgrade", "now "]);
});

test("a front that dies is restarted at once, and one that keeps failing at growing intervals", () => {
  const delays = inPython(`
from quintet.master.fronts.restarts import Restarts
died, never = Restarts(), Restarts()
lived = [died.delay(1.0) for _ in range(4)] + [died.delay(60.0), died.delay(1.0)]
failed = [never.delay(None) for _ in range(3)]
last = [never.delay(None) for _ in range(2000)][-1]
never.forget()
print(json.dumps([lived, failed, last, never.delay(None)]))
`);
  assert.deepEqual(delays, [[0, 0.5, 1, 2, 0, 0], [0.25, 0.5, 1], 30, 0.25]);
});
