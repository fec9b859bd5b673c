import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { ORDERS } from "../../testing/oms.ts";
import { logIn, type Site, styleOf } from "./site.ts";

interface Answer {
  status: number;
  data: { page: number; results: { status: string }[] };
}

/** Logging in, and the overview pages. */
export function testPages(site: Site): void {
  test("a wrong password is refused, the right one leads to the page that was asked for", async () => {
    const context = await site.newContext();
    const act = async (page: Page): Promise<void> => {
      await page.goto("/orders/?status=paid");
      await logIn(page, "grappelli");
      const said = await page.locator(".errorlist").textContent();
      assert.match(said ?? "", /enter a correct username and password/);
      await logIn(page);
      await page.waitForURL("**/orders/?status=paid");
      assert.equal(await page.locator(".who span").textContent(), "django");
    };
    await site.visit(act, { context });
    await context.close();
  });

  test("who logs out has to log in again", async () => {
    const context = await site.newContext();
    const act = async (page: Page): Promise<void> => {
      await page.goto("/");
      await logIn(page);
      await page.click("#logout-form button");
      await page.waitForURL("**/accounts/login/");
      await page.goto("/customers/");
      assert.match(page.url(), /\/accounts\/login\/\?next=\/customers\/$/);
    };
    await site.visit(act, { context });
    await context.close();
  });

  test("the dashboard draws the sales of 12 months, or of 30 days", async () => {
    await site.visit(async (page) => {
      await page.goto("/");
      const bars = page.locator("#sales-chart .bar");
      assert.equal(await bars.count(), 12);
      const boxes = await Promise.all((await bars.all()).map((bar) => bar.boundingBox()));
      assert.ok(Math.max(...boxes.map((box) => box?.height ?? 0)) > 100, "the bars are drawn");
      assert.equal(await styleOf(page, "#sales-chart .bar", "fill"), "rgb(168, 69, 31)");
      await page.click(".tabs >> text=30 days");
      await page.waitForURL("**/?span=days");
      assert.equal(await bars.count(), 30);
    });
  });

  test("the list of orders is paged, searched and filtered", async () => {
    await site.visit(async (page) => {
      const rows = page.locator("#orders tbody tr");
      await page.goto("/orders/");
      const count = Number(await page.locator("#order-count").textContent());
      assert.ok(count >= ORDERS);
      const last = Math.ceil(count / 25);
      assert.equal(await page.locator(".pages strong").textContent(), `Page 1 of ${last}`);
      const first = await rows.first().getAttribute("data-number");
      await page.click(".pages [rel=next]");
      await page.waitForURL("**/orders/?page=2");
      assert.notEqual(await rows.first().getAttribute("data-number"), first);
      await page.click("text=Last");
      await page.waitForURL(`**/orders/?page=${last}`);
      assert.equal(await rows.count(), count - (last - 1) * 25);

      await page.fill("#q", "so-000123");
      await page.click("#filters button");
      await page.waitForURL("**/orders/?q=so-000123&status=");
      assert.equal(await rows.count(), 1);
      assert.equal(await rows.getAttribute("data-number"), "SO-000123");

      await page.fill("#q", "customer");
      await page.selectOption("#status", "delivered");
      await page.click("#filters button");
      await page.waitForURL("**/orders/?q=customer&status=delivered");
      await page.click(".pages [rel=next]");
      await page.waitForURL("**/orders/?q=customer&status=delivered&page=2");
      assert.equal(await rows.locator("[data-status=delivered]").count(), 25);

      await page.fill("#q", "<b>nobody</b>");
      await page.click("#filters button");
      await page.waitForSelector(".none");
      assert.match(
        (await page.locator(".none").textContent()) ?? "",
        /No orders for “<b>nobody<\/b>”/,
      );
    });
  });

  test("a script in the page reads the orders as JSON, with the session of the login", async () => {
    const read = async (page: Page): Promise<unknown> => {
      await page.goto("/accounts/login/");
      return await page.evaluate(async () => {
        const response = await fetch("/api/orders/?status=delivered&page=2");
        return { status: response.status, data: await response.json() };
      });
    };
    await site.visit(async (page) => {
      const { status, data } = (await read(page)) as Answer;
      assert.deepEqual([status, data.page, data.results.length], [200, 2, 50]);
      assert.ok(data.results.every((order) => order.status === "delivered"));
    });
    const context = await site.newContext();
    const act = async (page: Page): Promise<void> => {
      assert.deepEqual(await read(page), { status: 401, data: { error: "Log in first." } });
    };
    await site.visit(act, { context, refused: [401] });
    await context.close();
  });

  test("an address that does not exist gets the shop's own page", async () => {
    const act = async (page: Page): Promise<void> => {
      await page.goto("/nowhere/");
      assert.equal(await page.locator("h1").textContent(), "Not found");
      await page.click("text=To the dashboard");
      await page.waitForSelector("#sales-chart");
    };
    await site.visit(act, { refused: [404] });
  });
}
