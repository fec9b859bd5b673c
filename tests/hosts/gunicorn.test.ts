import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { ask } from "../support/hosts/ask.ts";
import { gunicornPreload, gunicornSync, gunicornThreads } from "../support/hosts/gunicorn.ts";
import { makeShop } from "../support/hosts/shop.ts";
import { until } from "../support/server.ts";
import { runOn } from "./suite.ts";

for (const host of [gunicornSync, gunicornThreads, gunicornPreload]) runOn(host);

for (const host of [gunicornSync, gunicornThreads]) {
  test(`${host.title}: no request is lost in a reload`, { skip: host.skip }, async () => {
    const site = await host.start(await makeShop(), {});
    try {
      const before = site.processes();
      const answers: (number | string)[] = [];
      let going = true;
      const client = async (): Promise<void> => {
        while (going) {
          const answer = ask(`${site.url}/healthz`).then(async (response) => {
            await response.text();
            return response.status;
          });
          answers.push(await answer.catch((error: Error) => String(error.cause ?? error)));
        }
      };
      const clients = [client(), client(), client(), client()];
      for (let count = 0; count < 2; count++) {
        await site.reload?.();
        // The old workers end at once, and the new ones have to import Django first: requests wait meanwhile.
        await sleep(1000);
        const enough = answers.length + 30;
        await until(() => answers.length >= enough, "the new workers answer", 20_000);
      }
      going = false;
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
