import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { BrowserContext, Page } from "playwright-core";
import { withoutBrowser } from "../../testing/browser.ts";
import { readyOf } from "../../testing/worker-status.ts";
import type { ShopDatabase } from "../../testing/oms.ts";
import { isAlive } from "../../testing/processes.ts";
import { statusOf } from "../../testing/status.ts";
import { until } from "../../testing/wait.ts";
import { download, logIn, move, newOrder, Site, stockOf } from "./site.ts";

const ROUNDS = 6;
const DIED = "worker died (killed by SIGKILL)";
const PRODUCT = "Modèle Jazz M";

export function testLoad({ name, skip, open }: ShopDatabase): void {
  const options = { skip: withoutBrowser || skip, timeout: 600_000 };
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
      const people = await Promise.all([1, 2, 3].map(() => somebody(site)));
      for (let round = 0; round < ROUNDS; round += 1) {
        await Promise.all(people.map((person) => buy(site, person)));
        let ready: number[] = [];
        await until(async () => {
          const pool = (await statusOf(server))?.fronts[0]?.pools[0];
          if (pool !== undefined) ready = readyOf(pool);
          return ready.length > 0;
        }, "a worker that is ready");
        const victim = ready[round % ready.length] as number;
        process.kill(victim, "SIGKILL");
        // Every second time, the next requests arrive before the server has noticed.
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

/** A browser of their own, logged in: what one is told, such as that an order is placed, another one would see instead. */
async function somebody(site: Site): Promise<BrowserContext> {
  const context = await site.newContext();
  const [page] = context.pages() as [Page];
  await page.goto("/");
  await logIn(page);
  await page.waitForSelector("#sales-chart");
  return context;
}

/** What one person does: an order from its form to its invoice. */
async function buy(site: Site, context: BrowserContext): Promise<void> {
  const act = async (page: Page): Promise<void> => {
    const number = await newOrder(page, [{ product: PRODUCT, quantity: 1 }]);
    await move(page, "placed");
    const { name, body } = await download(page, "#invoice-link");
    assert.equal(name, `invoice-${number}.pdf`);
    assert.ok(body.toString("latin1").includes(`(Invoice ${number})`));
  };
  await site.visit(act, { context });
}
