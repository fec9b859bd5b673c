import assert from "node:assert/strict";
import { test } from "node:test";
import { ask } from "../../testing/hosts/ask.ts";
import { gunicornPreload, gunicornSync, gunicornThreads } from "../../testing/hosts/gunicorn.ts";
import { until } from "../../testing/wait.ts";
import { runOn, sharedShop } from "./suite.ts";

for (const host of [gunicornSync, gunicornThreads, gunicornPreload]) runOn(host);

/** A status, or the reason why there is none. */
async function statusOf(url: string): Promise<number | string> {
  try {
    const response = await ask(url);
    await response.text();
    return response.status;
  } catch (error) {
    return String((error as Error).cause ?? error);
  }
}

for (const host of [gunicornSync, gunicornThreads]) {
  test(`${host.title}: no request is lost in a reload`, { skip: host.skip }, async () => {
    const site = await host.start(await sharedShop(), {});
    try {
      const first = site.processes();
      const kept = (before: number[]): number =>
        site.processes().filter((pid) => before.includes(pid)).length;
      const answers: (number | string)[] = [];
      const stopping = new AbortController();
      const client = async (): Promise<void> => {
        while (!stopping.signal.aborted) answers.push(await statusOf(`${site.url}/healthz`));
      };
      const clients = [client(), client(), client(), client()];
      for (let count = 0; count < 2; count++) {
        const before = site.processes();
        await site.reload?.();
        // The old workers end at once, and the new ones have to import Django first: requests wait meanwhile.
        await until(() => kept(before) === 1, "only the master is left of what ran");
        const enough = answers.length + 30;
        await until(() => answers.length >= enough, "the new workers answer");
      }
      stopping.abort();
      await Promise.all(clients);
      assert.deepEqual(
        answers.filter((answer) => answer !== 200),
        [],
      );
      assert.equal(kept(first), 1, "the master is the same, its workers are new");
    } finally {
      await site.stop();
    }
  });
}
