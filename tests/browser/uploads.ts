import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { download, type Site, stockOf } from "./site.ts";

/** Files that go up, and come down again. */
export function testUploads(site: Site): void {
  test("an import with mistakes changes nothing and names their lines", async () => {
    const act = async (page: Page): Promise<void> => {
      const before = await stockOf(page, "Archtop M");
      await upload(page, [
        "GTR-0019,Archtop M,1245.50,1",
        "NEW-1,Something,cheap,5",
        "new,Lower,1.00,5",
      ]);
      const errors = await page.locator("#import-errors li").allTextContents();
      assert.deepEqual(errors, [
        "Line 3: price: Enter a number.",
        "Line 4: sku: Use capital letters, digits and hyphens only, such as GTR-0042.",
      ]);
      assert.equal(await stockOf(page, "Archtop M"), before);
    };
    await site.visit(act, { refused: [422] });
  });

  test("an import too large for memory is read completely", async () => {
    const act = async (page: Page): Promise<void> => {
      const name = "A long name, with Umläute. ".repeat(4);
      const rows = Array.from({ length: 5000 }, (_, index) => `BIG-${index},"${name}",1.00,5`);
      await upload(page, [...rows, "BIG-LAST,The last,1.00,-5"]);
      const errors = await page.locator("#import-errors li").allTextContents();
      assert.deepEqual(errors, [
        "Line 5002: stock: Ensure this value is greater than or equal to 0.",
      ]);
    };
    await site.visit(act, { refused: [422] });
  });

  test("an import creates and updates products", async () => {
    await site.visit(async (page) => {
      await upload(page, [
        "GTR-0019,Archtop M,1245.50,321",
        "NEW-0001,Médiator écaille,3.50,40",
        'NEW-0002,"Strings, gut",12.00,7',
      ]);
      await page.waitForURL("**/products/");
      assert.equal(
        await page.locator(".messages li").textContent(),
        "2 products created, 1 updated.",
      );
      assert.equal(await stockOf(page, "Archtop M"), 321);
      assert.equal(await stockOf(page, "Médiator écaille"), 40);
      assert.equal(await stockOf(page, "Strings, gut"), 7);
    });
  });

  test("a data sheet uploaded in the admin downloads intact", async () => {
    const sheet = Buffer.concat([Buffer.from("%PDF-1.4\n"), randomBytes(700_000)]);
    await site.visit(async (page) => {
      await page.goto("/admin/catalog/product/?q=ACC-0001");
      await page.click("#result_list tbody th a");
      await page.setInputFiles("#id_datasheet", {
        name: "Übersicht.pdf",
        mimeType: "application/pdf",
        buffer: sheet,
      });
      await page.click("[name=_continue]");
      await page.waitForSelector(".messagelist .success");

      const link = await page.locator(".file-upload a").getAttribute("href");
      assert.match(link ?? "", /^\/media\/datasheets\//);
      const media = await page.evaluate(async (url) => {
        const response = await fetch(url as string);
        const { byteLength } = await response.arrayBuffer();
        const { headers } = response;
        return [byteLength, headers.get("content-type"), headers.get("x-content-type-options")];
      }, link);
      assert.deepEqual(media, [sheet.length, "application/pdf", "nosniff"]);

      await page.goto("/products/?q=ACC-0001");
      const { name, body } = await download(page, "[data-sku=ACC-0001] a");
      assert.equal(name, "ACC-0001.pdf");
      assert.ok(body.equals(sheet));
    });
  });
}

async function upload(page: Page, rows: string[]): Promise<void> {
  await page.goto("/products/import/");
  const text = `sku,name,price,stock\n${rows.join("\n")}\n`;
  const file = { name: "products.csv", mimeType: "text/csv", buffer: Buffer.from(text) };
  await page.setInputFiles("#id_file", file);
  await page.click("#import-form [type=submit]");
}
