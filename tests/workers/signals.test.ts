import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { untilReady } from "../../testing/worker-status.ts";
import { apps } from "../../testing/paths.ts";
import { descendants, isAlive } from "../../testing/processes.ts";
import { serve } from "../../testing/serve.ts";
import type { StartOptions } from "../../testing/server.ts";
import { untilRequests } from "../../testing/status.ts";
import { folderWith } from "../../testing/temp.ts";
import { until } from "../../testing/wait.ts";

/** Signals that a service manager or a terminal may send to every process of a server. */
const SIGNALS = [
  "SIGTERM",
  "SIGINT",
  "SIGHUP",
  "SIGQUIT",
  "SIGUSR1",
  "SIGUSR2",
  "SIGTTIN",
  "SIGTTOU",
  "SIGWINCH",
] as const;

/** Nothing waits to be delivered to a process, but the SIGUSR1 that a Node keeps blocked (--disable-sigusr1). */
function hasNoSignal(pid: number): boolean {
  return /^ShdPnd:\s+0+(?:200)?$/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
}

const cases: [string, string, string, StartOptions][] = [
  ["forked", "signalled", "sleep?1.5", {}],
  ["of several threads", "signalled", "sleep?1.5", { args: ["--threads", "2"] }],
  ["of their own import", "signalled", "sleep?1.5", { args: ["--no-preload"] }],
  ["of Node", join(apps, "ts", "basic.ts"), "sleep?1.5", {}],
];

// They mostly wait, and each has its own server.
describe("signals to every process", { concurrency: true }, () => {
  for (const [kind, target, path, options] of cases) {
    test(`a signal to every process of a server ends no request: workers ${kind}`, async (t) => {
      const args = ["--workers", "2", ...(options.args ?? [])];
      const server = await serve(t, target, { ...options, args });
      // A signal ends a Node worker that still boots.
      await untilReady(server, 2);
      const pids = descendants(server.pid);
      const answers = [1, 2].map(() => fetch(`${server.url}/${path}`));
      await untilRequests(server, { running: 2 });
      for (const signal of SIGNALS) {
        for (const pid of pids) process.kill(pid, signal);
        // One after the other, because nested handlers of Python need a lot of stack.
        await until(() => pids.every(hasNoSignal), "each has taken it");
      }
      server.child.kill("SIGTERM");
      for (const answer of answers) {
        const response = await answer;
        assert.equal(response.status, 200);
        assert.match(await response.text(), /slept/);
      }
      assert.equal(await server.ended, 0);
      await until(() => !pids.some(isAlive), "no process is left");
      const bad = server.log().filter(({ level }) => level === "error" || level === "warn");
      assert.deepEqual(bad, []);
    });
  }
});

test("programs and forks of the application obey signals", async (t) => {
  const server = await serve(t, "signalled");
  const get = async (path: string): Promise<string> => (await fetch(server.url + path)).text();
  for (const [signal, number] of [
    ["SIGTERM", 15],
    ["SIGINT", 2],
    ["SIGHUP", 1],
  ] as const) {
    assert.equal(await get(`/program?${signal}`), String(-number));
  }
  assert.equal(await get("/forked?terminate"), "-15");
});

test("an application may handle such a signal itself", async (t) => {
  const server = await serve(t, "signalled");
  const [worker] = server.workers();
  process.kill(worker as number, "SIGUSR2");
  assert.equal(await (await fetch(`${server.url}/own`)).text(), "12");
});

/** An application that writes the number of a request to its page, as the front does, and sends itself the signal for it. */
const naming = `
import gc
import os
import time
from quintet.page import INTERRUPT, NOTED, Page
from quintet.timeout import SIGNAL


def application(environ, start_response):
    page = next(each for each in gc.get_objects() if isinstance(each, Page))
    page.words[INTERRUPT] = page.words[NOTED] + int(environ["QUERY_STRING"])
    os.kill(os.getpid(), SIGNAL)
    time.sleep(0.05)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"went on"]
`;

test("the signal for a request that has timed out interrupts that request and no other", async (t) => {
  const server = await serve(t, "naming", { cwd: folderWith({ "naming.py": naming }) });
  const asked = async (query: string): Promise<[number, string]> => {
    const response = await fetch(`${server.url}/?${query}`);
    return [response.status, await response.text()];
  };
  for (const other of ["1", "-1"]) assert.deepEqual(await asked(other), [200, "went on"]);
  const [status] = await asked("0");
  assert.notEqual(status, 200, "its own number is one that it is interrupted for");
});
