import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { ask } from "../../testing/hosts/ask.ts";
import { gunicornPreload, gunicornSync, gunicornThreads } from "../../testing/hosts/gunicorn.ts";
import { makeShop } from "../../testing/hosts/shop.ts";
import { until } from "../../testing/wait.ts";
import { runOn } from "./suite.ts";

for (const host of [gunicornSync, gunicornThreads, gunicornPreload]) runOn(host);

/** A status, or why there is none. */
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
    const site = await host.start(await makeShop(), {});
    try {
      const before = site.processes();
      const answers: (number | string)[] = [];
      const stopping = new AbortController();
      const client = async (): Promise<void> => {
        while (!stopping.signal.aborted) answers.push(await statusOf(`${site.url}/healthz`));
      };
      const clients = [client(), client(), client(), client()];
      for (let count = 0; count < 2; count++) {
        await site.reload?.();
        // The old workers end at once, and the new ones have to import Django first: requests wait meanwhile.
        await sleep(1000);
        const enough = answers.length + 30;
        await until(() => answers.length >= enough, "the new workers answer", 20_000);
      }
      stopping.abort();
      await Promise.all(clients);
      assert.deepEqual(
        answers.filter((answer) => answer !== 200),
        [],
      );
      const kept = site.processes().filter((pid) => before.includes(pid));
      assert.equal(kept.length, 1, "the master is the same, its workers are new");
    } finally {
      await site.stop();
    }
  });
}
