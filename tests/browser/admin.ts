import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { login } from "../../testing/oms.ts";
import { move, newOrder, type Site, styleOf } from "./site.ts";

/** Django's admin: the part with the most scripts and stylesheets, none of them ours. */
export function testAdmin(site: Site): void {
  test("the admin has its own login, its stylesheets and its scripts", async () => {
    const context = await site.newContext();
    const act = async (page: Page): Promise<void> => {
      await page.goto("/admin/");
      await page.fill("#id_username", login.username);
      await page.fill("#id_password", login.password);
      await page.click("[type=submit]");
      await page.waitForURL("**/admin/");
      assert.equal(await page.locator("#site-name").innerText(), "Hot Club Supply");
      assert.equal(await styleOf(page, "#header", "backgroundColor"), "rgb(65, 118, 144)");
      await page.goto("/admin/orders/order/add/");
      // If a script has replaced a list of choices, jQuery and Select2 have run.
      assert.ok((await page.locator(".select2-selection").count()) >= 2);
    };
    await site.visit(act, { context });
    await context.close();
  });

  test("orders are searched and filtered in the admin", async () => {
    await site.visit(async (page) => {
      const rows = page.locator("#result_list tbody tr");
      await page.goto("/admin/orders/order/");
      assert.equal(await rows.count(), 50);
      await page.fill("#searchbar", "SO-000077");
      await page.click("#changelist-search [type=submit]");
      await page.waitForURL("**/?q=SO-000077");
      assert.deepEqual(await rows.locator(".field-number").allTextContents(), ["SO-000077"]);

      await page.goto("/admin/orders/order/");
      await page.click("#changelist-filter >> text=Cancelled");
      await page.waitForURL("**/?status__exact=cancelled");
      const statuses = await rows.locator(".field-status").allTextContents();
      assert.deepEqual(new Set(statuses), new Set(["Cancelled"]));
    });
  });

  test("a draft's lines are changed in the admin, with products found as one types", async () => {
    await site.visit(async (page) => {
      const number = await newOrder(page, [{ product: "Gig Bag A", quantity: 1 }]);
      await openInAdmin(page, number);
      await page.fill("#id_lines-0-quantity", "4");
      await page.click("#lines-1 .field-product .select2-selection");
      await page.fill(".select2-search__field", "PCK-0007");
      await page.click(".select2-results__option:has-text('Horn Pick C')");
      await page.fill("#id_lines-1-quantity", "10");
      await page.click("[name=_save]");
      await page.waitForSelector(".messagelist .success");
      await page.goto(`/orders/${number}/`);
      assert.equal(await page.locator("#order-total").textContent(), "€767.30");
    });
  });

  test("a placed order's lines cannot be changed in the admin either", async () => {
    await site.visit(async (page) => {
      const number = await newOrder(page, [{ product: "Gig Bag A", quantity: 1 }]);
      await move(page, "placed");
      await openInAdmin(page, number);
      assert.equal(await page.locator("#id_lines-0-quantity").count(), 0);
      await page.fill("#id_note", "Paid in cash.");
      await page.click("[name=_save]");
      await page.waitForSelector(".messagelist .success");
      await page.goto(`/orders/${number}/`);
      assert.equal(await page.locator("#order-note").textContent(), "Paid in cash.");
    });
  });

  test("an admin action changes the orders that it can, and names the others", async () => {
    await site.visit(async (page) => {
      const draft = await newOrder(page, [{ product: "Archtop R", quantity: 1 }]);
      const placed = await newOrder(page, [{ product: "Archtop R", quantity: 1 }]);
      await move(page, "placed");
      await page.goto("/admin/orders/order/");
      for (const number of [draft, placed]) {
        await page.check(`#result_list tr:has-text("${number}") .action-select`);
      }
      await page.selectOption("[name=action]", "move_to_paid");
      await page.click(".actions [type=submit]");
      await page.waitForSelector(".messagelist");
      assert.deepEqual(await page.locator(".messagelist li").allTextContents(), [
        `${draft} is draft: it cannot become paid.`,
        "1 order moved to paid.",
      ]);
      const status = page.locator(`#result_list tr:has-text("${placed}") .field-status`);
      assert.equal(await status.textContent(), "Paid");
    });
  });
}

async function openInAdmin(page: Page, number: string): Promise<void> {
  await page.goto(`/admin/orders/order/?q=${number}`);
  await page.click("#result_list tbody th a");
  await page.waitForSelector("#order_form");
}
