import assert from "node:assert/strict";
import { createReadStream } from "node:fs";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { startBrowser, visit, withoutBrowser } from "../../testing/browser.ts";
import { site } from "../../testing/paths.ts";
import { digest, openTransfers, type Transfers } from "../../testing/transfers.ts";

// Django behind it: its forms, its parser of uploads, its FileResponse.
let transfers: Transfers;
let browser: Browser;
before(async () => {
  if (withoutBrowser) return;
  transfers = await openTransfers({ target: "tiny.wsgi", cwd: site });
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  await transfers?.server.stop();
});

/** Do something on the form's page, in a browser with an unlimited or a throttled network. */
async function onPage(
  act: (page: Page) => Promise<void>,
  bytesPerSecond: number | null = null,
): Promise<void> {
  const context = await browser.newContext({ baseURL: transfers.server.url });
  const { page, problems } = await visit(context);
  await page.goto("/upload");
  if (bytesPerSecond !== null) {
    const session = await context.newCDPSession(page);
    await session.send("Network.emulateNetworkConditions", {
      offline: false,
      latency: 5,
      downloadThroughput: bytesPerSecond,
      uploadThroughput: bytesPerSecond,
    });
  }
  await act(page);
  await context.close();
  assert.deepEqual(problems, []);
}

/** In the page: fetch a path and hash its content. */
const fetched = (page: Page): Promise<string> =>
  page.evaluate(async () => {
    const data = await (await fetch("/download")).arrayBuffer();
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", data));
    const hex = Array.from(hash, (each) => each.toString(16).padStart(2, "0"));
    return `${data.byteLength} ${hex.join("")}`;
  });

/** In the page: send the chosen file as the body of a request. */
async function sent(page: Page): Promise<string> {
  await page.setInputFiles("input", transfers.file);
  return await page.locator("input").evaluate(async (element) => {
    const input = element as unknown as { files: [Blob] };
    return await (await fetch("/upload", { method: "POST", body: input.files[0] })).text();
  });
}

test("a browser uploads 100 MB by a form, and by fetch", { skip: withoutBrowser }, async () => {
  await onPage(async (page) => {
    await page.setInputFiles("input", transfers.file);
    await page.click("button");
    await page.getByText(transfers.answer).waitFor();
    await page.goto("/upload");
    assert.equal(await sent(page), transfers.answer);
    assert.equal(await sent(page), transfers.answer);
  });
});

test("a browser downloads 100 MB to disk, and by fetch", { skip: withoutBrowser }, async () => {
  await onPage(async (page) => {
    const [found] = await Promise.all([page.waitForEvent("download"), page.click("a")]);
    assert.equal(found.suggestedFilename(), "file.bin");
    assert.equal(await digest(createReadStream(await found.path())), transfers.answer);
    assert.equal(await fetched(page), transfers.answer);
  });
});

test(
  "a browser on a network of 25 MB/s transfers 100 MB both ways",
  { skip: withoutBrowser },
  async () => {
    const slow = 25_000_000;
    const began = performance.now();
    await Promise.all(
      [fetched, sent].map((transfer) =>
        onPage(async (page) => {
          assert.equal(await transfer(page), transfers.answer);
          assert.ok(performance.now() - began > 2000, "it was not slow");
        }, slow),
      ),
    );
  },
);
