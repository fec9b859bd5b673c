import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { withoutBrowser } from "../../testing/browser.ts";
import type { ShopDatabase } from "../../testing/oms.ts";
import { testAdmin } from "./admin.ts";
import { testOrders } from "./orders.ts";
import { testPages } from "./pages.ts";
import { Site } from "./site.ts";
import { testUploads } from "./uploads.ts";

/** Everything one does in the example, on one database; one file per part, because they run side by side. */
export function testShop({ name, skip, open }: ShopDatabase): void {
  const options = { skip: withoutBrowser || skip, timeout: 600_000 };
  describe(`the example on ${name}, in a browser`, options, () => {
    const site = new Site(open);
    before(() => site.open());
    after(() => site.close());

    testPages(site);
    testOrders(site);
    testUploads(site);
    testAdmin(site);

    // The server's log of everything before.
    test("no request failed, no worker was lost, and files never troubled one", () => {
      const log = site.shop.server.log();
      const requests = log.flatMap((line) => line.access ?? []);
      assert.ok(requests.length > 100);
      assert.deepEqual(
        requests.filter((each) => each.status >= 500),
        [],
      );
      assert.deepEqual(
        log.filter((line) => line.level === "error"),
        [],
      );
      const files = requests.filter((each) => /^\/(static|media)\//.test(each.path));
      assert.deepEqual(
        files.filter((each) => each.appMs !== 0 || ![200, 304].includes(each.status)),
        [],
      );
      // Closing a page aborts its pending requests, such as the icon's.
      const pages = requests.filter((each) => !files.includes(each) && each.status !== 499);
      assert.deepEqual(
        pages.filter((each) => each.appMs === 0),
        [],
      );
      for (const path of [
        "oms/oms.css",
        "oms/order-form.js",
        "admin/css/base.css",
        "admin/js/core.js",
      ]) {
        const found = files.some((each) => each.path === `/static/${path}` && each.status === 200);
        assert.ok(found, `${path} was served`);
      }
      assert.ok(files.some((each) => each.path.startsWith("/media/datasheets/")));
    });
  });
}
