import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { download, move, newOrder, type Site, stockOf } from "./site.ts";

/** Making orders and moving them, and what can be downloaded and uploaded. */
export function testOrders(site: Site): void {
  test("an order is made, with as many lines as the button adds", async () => {
    await site.visit(async (page) => {
      const products = ["Archtop M", "Archtop R", "Concert Violin B", "Gig Bag A", "Horn Pick C"];
      const number = await newOrder(
        page,
        products.map((product, index) => ({ product, quantity: index + 1 })),
      );
      assert.match(await text(page, ".messages"), new RegExp(`${number} is saved`));
      assert.equal(await page.locator("h1 [data-status]").getAttribute("data-status"), "draft");
      const rows = await page.locator("#lines tbody tr").allTextContents();
      const shown = rows.map((row) => row.replace(/\s+/g, " ").trim());
      assert.equal(shown.length, 5);
      assert.match(shown[4] as string, /^Horn Pick C PCK-0007 5 €11\.95 €59\.75$/);
      assert.equal(await text(page, "#order-total"), "€7,564.05");

      await page.click("#edit-link");
      await page.check("#id_lines-0-DELETE");
      await page.fill("#id_note", "Ring twice,\nüber den Hof.");
      await page.click("#order-form [type=submit]");
      await page.waitForURL(`**/orders/${number}/`);
      assert.equal(await page.locator("#lines tbody tr").count(), 4);
      assert.equal(await page.locator("#order-note").innerText(), "Ring twice,\nüber den Hof.");
    });
  });

  test("a form with a mistake is shown again with the user's input", async () => {
    const act = async (page: Page): Promise<void> => {
      await page.goto("/orders/new/");
      await page.selectOption("#id_customer", { index: 2 });
      await page.fill("#id_note", "Still here?");
      for (const index of [0, 1]) {
        await page.selectOption(`#id_lines-${index}-product`, { index: 3 });
        await page.fill(`#id_lines-${index}-quantity`, "7");
      }
      await page.click("#order-form [type=submit]");
      await page.waitForSelector("[role=alert]");
      assert.match(await text(page, "#order-form"), /A product can be on an order only once/);
      assert.equal(await page.inputValue("#id_note"), "Still here?");
      assert.equal(await page.inputValue("#id_lines-1-quantity"), "7");
    };
    await site.visit(act, { refused: [422] });
  });

  test("placing an order takes the stock, cancelling gives it back", async () => {
    await site.visit(async (page) => {
      const before = await stockOf(page, "Modèle Jazz M");
      const number = await newOrder(page, [{ product: "Modèle Jazz M", quantity: 3 }]);
      await move(page, "placed");
      assert.match(await text(page, ".messages"), new RegExp(`${number} is placed now`));
      assert.equal(await stockOf(page, "Modèle Jazz M"), before - 3);
      await page.goto(`/orders/${number}/`);
      await move(page, "cancelled");
      assert.equal(await stockOf(page, "Modèle Jazz M"), before);
      await page.goto(`/orders/${number}/`);
      const history = await page.locator("#history strong").allTextContents();
      assert.deepEqual(history, ["Draft", "Placed", "Cancelled"]);
      assert.equal(await page.locator("#move-form").count(), 0);
    });
  });

  test("an order for more than is in stock is refused and changes nothing", async () => {
    await site.visit(async (page) => {
      const number = await newOrder(page, [{ product: "Horn Pick C", quantity: 99_999 }]);
      await move(page, "placed");
      const said = await text(page, ".messages .error");
      assert.match(
        said,
        new RegExp(`${number} cannot be placed. Horn Pick C: 99999 ordered, \\d+ in stock`),
      );
      assert.equal(await page.locator("h1 [data-status]").getAttribute("data-status"), "draft");
    });
  });

  test("if two browser windows change the same order, the second is told why it cannot", async () => {
    await site.visit(async (page) => {
      const number = await newOrder(page, [{ product: "Archtop R", quantity: 1 }]);
      await site.visit(async (other) => {
        await other.goto(`/orders/${number}/`);
        await move(other, "placed");
      });
      await move(page, "placed");
      const said = await text(page, ".messages .error");
      assert.match(said, new RegExp(`${number} is placed: it cannot become placed`));
    });
  });

  test("an invoice is downloaded as a PDF with the order's number as its name", async () => {
    await site.visit(async (page) => {
      const number = await newOrder(page, [{ product: "Concert Violin B", quantity: 2 }]);
      await move(page, "placed");
      const { name, body } = await download(page, "#invoice-link");
      assert.equal(name, `invoice-${number}.pdf`);
      const pdf = body.toString("latin1");
      assert.ok(pdf.startsWith("%PDF-1.4"));
      assert.ok(pdf.endsWith("%%EOF\n"));
      assert.ok(pdf.includes(`(Invoice ${number})`));
      assert.ok(pdf.includes("(1,424.00)"));
    });
  });

  test("the export contains every order", async () => {
    await site.visit(async (page) => {
      await page.goto("/orders/");
      const count = Number(await text(page, "#order-count"));
      const { name, body } = await download(page, "#export-link");
      assert.equal(name, "orders.csv");
      const lines = body.toString().split("\r\n");
      assert.equal(lines.shift(), "number,created,placed,status,customer,email,total");
      assert.equal(lines.pop(), "", "the last line is whole");
      assert.equal(lines.length, count);
      assert.match(lines.at(-1) as string, /^SO-000001,/);

      await page.goto("/orders/?q=&status=cancelled");
      const cancelled = Number(await text(page, "#order-count"));
      const some = (await download(page, "#export-link")).body.toString().trimEnd().split("\r\n");
      assert.equal(some.length - 1, cancelled);
      assert.ok(some.slice(1).every((line) => line.split(",")[3] === "cancelled"));
    });
  });
}

async function text(page: Page, selector: string): Promise<string> {
  return ((await page.locator(selector).first().textContent()) ?? "").trim();
}
