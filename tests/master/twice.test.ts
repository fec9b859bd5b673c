// Which signals are a second order to stop, and which are the first one again.
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { barrier, type Barrier } from "../../testing/barrier.ts";
import { serve } from "../../testing/serve.ts";
import type { Running } from "../../testing/server.ts";
import { folderWith } from "../../testing/temp.ts";

/** Waits at the barrier in its worker. */
const waiting = ({
  path,
}: Barrier): string => `import { appendFileSync, existsSync } from "node:fs";
const pause = new Int32Array(new SharedArrayBuffer(4));
export const application = (_environ: object, startResponse: Function) => {
  appendFileSync(${JSON.stringify(`${path}.reached`)}, process.pid + "\\n");
  while (!existsSync(${JSON.stringify(path)})) Atomics.wait(pause, 0, 0, 10);
  startResponse("200 OK", []);
  return [new TextEncoder().encode("done")];
};
`;

async function running(t: TestContext, env: NodeJS.ProcessEnv) {
  const held = barrier();
  const file = join(folderWith({ "wsgi.ts": waiting(held) }), "wsgi.ts");
  const server = await serve(t, file, { env, ownGroup: true, searchPython: "PATH" in env });
  const answer = fetch(server.url).then(
    (response) => response.text(),
    () => "cut",
  );
  await held.untilReached();
  return { held, server, answer };
}

const told = (server: Running, signal: string): Promise<unknown> =>
  server.logged(({ msg = "" }) => msg.startsWith(`${signal}: finishing 1 running request`));

for (const [by, env] of [
  ["a master", {}],
  ["no master", { PATH: "/nonexistent" }],
] as const) {
  describe(`to ${by}`, { concurrency: true }, () => {
    test("SIGTERM to the command, and at once to its group, as `timeout` sends it, is one order", async (t) => {
      // On a machine so busy that a second goes by between the two, the second one is another order.
      for (let tries = 1; ; tries += 1) {
        const { held, server, answer } = await running(t, env);
        const began = performance.now();
        process.kill(server.pid, "SIGTERM");
        await told(server, "SIGTERM");
        process.kill(-server.pid, "SIGTERM");
        if (performance.now() - began > 700 && tries < 10) {
          held.open();
          continue;
        }
        // Nothing tells that it goes on: it would have cut the request by now.
        await sleep(100);
        held.open();
        assert.equal(await answer, "done");
        assert.equal(await server.ended, 0);
        assert.doesNotMatch(server.output(), /at once/);
        return;
      }
    });

    for (const [first, second] of [
      ["SIGINT", "SIGINT"],
      ["SIGTERM", "SIGINT"],
    ] as const)
      test(`Ctrl-C after a ${first} stops at once`, async (t) => {
        const { server, answer } = await running(t, env);
        process.kill(server.pid, first);
        await told(server, first);
        process.kill(server.pid, second);
        assert.equal(await answer, "cut");
        assert.equal(await server.ended, 1);
        assert.match(server.output(), /SIGINT again: stopping at once/);
      });
  });
}
