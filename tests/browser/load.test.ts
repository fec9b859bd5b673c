import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { withoutBrowser } from "../../testing/browser.ts";
import { databases } from "../../testing/oms.ts";
import { isAlive } from "../../testing/processes.ts";
import { until } from "../../testing/wait.ts";
import { download, move, newOrder, Site, stockOf } from "./site.ts";

const ROUNDS = 6;
const DIED = "worker died (killed by SIGKILL)";
const PRODUCT = "Modèle Jazz M";

for (const { name, skip, open } of databases) {
  const options = { skip: withoutBrowser || skip, timeout: 300_000 };
  describe(`several people in the example on ${name}`, options, () => {
    const site = new Site(open);
    before(() => site.open());
    after(() => site.close());

    test("do not see that workers are killed between their requests", async () => {
      const { server } = site.shop;
      let stock = 0;
      await site.visit(async (page) => {
        stock = await stockOf(page, PRODUCT);
      });
      for (let round = 0; round < ROUNDS; round += 1) {
        await Promise.all([buy(site), buy(site), buy(site)]);
        const workers = server.workers();
        const victim = workers[Math.floor(Math.random() * workers.length)] as number;
        process.kill(victim, "SIGKILL");
        // Every second time the next requests come before the server has noticed.
        if (round % 2 === 0) await until(() => !isAlive(victim), "the worker's end");
      }
      await site.visit(async (page) => {
        assert.equal(await stockOf(page, PRODUCT), stock - 3 * ROUNDS, "each order took one");
      });
      // The last one's end is told when all it has sent is read, which may be after the page that was asked of another.
      // Those that were killed before their first request, one after the other, are called a crash loop.
      const deaths = (): number => server.log().filter(({ msg }) => msg?.includes(DIED)).length;
      await until(() => deaths() >= ROUNDS, "all deaths in the log");
      assert.equal(deaths(), ROUNDS);
      const failed = server.log().filter((line) => (line.access?.status ?? 0) >= 500);
      assert.deepEqual(failed, []);
    });
  });
}

/** What one person does: an order from its form to its invoice. */
async function buy(site: Site): Promise<void> {
  await site.visit(async (page) => {
    const number = await newOrder(page, [{ product: PRODUCT, quantity: 1 }]);
    await move(page, "placed");
    const { name, body } = await download(page, "#invoice-link");
    assert.equal(name, `invoice-${number}.pdf`);
    assert.ok(body.toString("latin1").includes(`(Invoice ${number})`));
  });
}
