// Uploads of one user, opened in the browser of another user who is logged in.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { startBrowser, withoutBrowser } from "../../testing/browser.ts";
import { site } from "../../testing/paths.ts";
import { type Running, start } from "../../testing/server.ts";
import { folderWith } from "../../testing/temp.ts";
import { until } from "../../testing/wait.ts";

const script = `document.documentElement.setAttribute("data-ran", "yes")`;
const xhtml = `<html xmlns="http://www.w3.org/1999/xhtml"><body><script>${script}</script></body></html>`;
const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>${script}</script></svg>`;

/** Files in which a browser runs scripts. */
const active: Record<string, string> = {
  "page.html": `<!doctype html><title>a</title><script>${script}</script>`,
  "page.htm": `<!doctype html><title>a</title><script>${script}</script>`,
  "page.xhtml": xhtml,
  "image.svg": svg,
  "data.xml": xhtml,
  "style.xsl": xhtml,
};

/** The smallest valid document: an empty page. */
const pdf = `%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>endobj
trailer<</Root 1 0 R>>
`;

const both = (files: Record<string, string>): Record<string, string> =>
  Object.fromEntries(
    ["media", "static"].flatMap((folder) =>
      Object.entries(files).map(([name, text]) => [`${folder}/${name}`, text]),
    ),
  );

let server: Running;
let browser: Browser;
before(async () => {
  if (withoutBrowser) return;
  const root = folderWith(
    both({
      ...active,
      "file.pdf": pdf,
      "sniffed.txt": active["page.html"] as string,
      sniffed: svg,
    }),
  );
  server = await start("tiny.wsgi", {
    args: ["--workers", "1"],
    cwd: site,
    env: { SITE_ROOT: root },
  });
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

interface Opened {
  ran: boolean;
  origin: string;
  policy: string | undefined;
}

/** Open a file as a page of its own. */
async function opened(page: Page, path: string): Promise<Opened> {
  const response = await page.goto(server.url + path);
  assert.equal(response?.status(), 200, path);
  const ran = (await page.locator("[data-ran=yes]").count()) > 0;
  const origin = await page.evaluate(() => (globalThis as unknown as { origin: string }).origin);
  return { ran, origin, policy: response.headers()["content-security-policy"] };
}

for (const name of Object.keys(active)) {
  test(
    `an uploaded ${name} runs no script, and is no page of the site`,
    { skip: withoutBrowser },
    async () => {
      const page = await browser.newPage();
      // The same file does run scripts where the site's developers have put it.
      const own = await opened(page, `/static/${name}`);
      assert.deepEqual(own, { ran: true, origin: server.url, policy: undefined });
      const uploaded = await opened(page, `/media/${name}`);
      assert.deepEqual(uploaded, { ran: false, origin: "null", policy: "sandbox" });
      await page.close();
    },
  );
}

test(
  "an uploaded image is still shown by a page of the site",
  { skip: withoutBrowser },
  async () => {
    const page = await browser.newPage();
    await page.goto(`${server.url}/`);
    const width = await page.evaluate(
      `new Promise((done) => { const image = new Image(); image.onload = () => done(image.width); image.src = "/media/image.svg"; })`,
    );
    assert.equal(width, 9);
    await page.close();
  },
);

test(
  "HTML under another file extension is not served as HTML",
  { skip: withoutBrowser },
  async () => {
    const page = await browser.newPage();
    assert.equal((await opened(page, "/media/sniffed.txt")).ran, false);
    assert.equal((await opened(page, "/media/sniffed")).ran, false);
    await page.close();
  },
);

test("an uploaded PDF opens in the browser's viewer", { skip: withoutBrowser }, async () => {
  const path = `${server.url}/media/file.pdf`;
  const { headers } = await fetch(path);
  assert.equal(headers.get("content-type"), "application/pdf");
  assert.equal(headers.get("x-content-type-options"), "nosniff");
  assert.equal(headers.get("content-security-policy"), null);
  const page = await browser.newPage();
  await page.goto(path);
  await until(() => page.frames().length > 1, "the viewer is there");
  await page.close();
});
