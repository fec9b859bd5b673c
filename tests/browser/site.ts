import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { startBrowser, visit } from "../../testing/browser.ts";
import { type Database, login, openShop, type Shop } from "../../testing/oms.ts";

/** The example, and a browser in front of it. */
export class Site {
  readonly #open: () => Promise<Database>;
  #shop: Shop | undefined;
  #browser: Browser | undefined;
  #loggedIn: BrowserContext | undefined;

  constructor(open: () => Promise<Database>) {
    this.#open = open;
  }

  get shop(): Shop {
    return this.#shop as Shop;
  }

  async open(): Promise<void> {
    const opened = this.#open().then(openShop);
    [this.#shop, this.#browser] = await Promise.all([opened, startBrowser()]);
    this.#loggedIn = await this.newContext();
    const [page] = this.#loggedIn.pages() as [Page];
    await page.goto("/");
    await logIn(page);
    await page.waitForSelector("#sales-chart");
  }

  async close(): Promise<void> {
    await this.#browser?.close();
    await this.#shop?.stop();
  }

  /** Another person's browser. */
  async newContext(): Promise<BrowserContext> {
    const browser = this.#browser as Browser;
    const context = await browser.newContext({ baseURL: this.shop.server.url });
    // It stays: Chromium closes a window with its last page, and may then fail to open the next one.
    await context.newPage();
    return context;
  }

  /**
   * Do something in a window, logged in; it fails too if the browser's console or network has anything to say.
   *
   * @param options.context another browser than the logged-in one
   * @param options.refused expected statuses from 400 on
   */
  async visit(
    act: (page: Page) => Promise<void>,
    options: { context?: BrowserContext; refused?: number[] } = {},
  ): Promise<void> {
    const context = options.context ?? (this.#loggedIn as BrowserContext);
    const { page, problems } = await visit(context, options);
    try {
      await act(page);
    } finally {
      await page.close();
    }
    assert.deepEqual(problems, []);
  }
}

export async function logIn(page: Page, password: string = login.password): Promise<void> {
  await page.fill("#id_username", login.username);
  await page.fill("#id_password", password);
  await page.click("#login-form [type=submit]");
}

/** Create a draft through the form; returns its number. */
export async function newOrder(
  page: Page,
  lines: { product: string; quantity: number }[],
): Promise<string> {
  await page.goto("/orders/new/");
  await page.selectOption("#id_customer", { index: 1 });
  for (const [index, { product, quantity }] of lines.entries()) {
    const choice = page.locator(`#id_lines-${index}-product`);
    if ((await choice.count()) === 0) await page.click("#add-line");
    await choice.selectOption({ label: await labelOf(page, product) });
    await page.fill(`#id_lines-${index}-quantity`, String(quantity));
  }
  await page.click("#order-form [type=submit]");
  await page.waitForURL(/\/orders\/SO-\d+\/$/);
  return (await page.title()).split(" ")[0] as string;
}

/** A product's label in the form: its name, then its price and stock. */
async function labelOf(page: Page, product: string): Promise<string> {
  const labels = await page.locator("#id_lines-0-product option").allTextContents();
  const label = labels.find((each) => each.startsWith(`${product} ·`));
  assert.ok(label, `${product} is not offered: ${labels.join(", ")}`);
  return label;
}

/** Press a button on an order's page that changes its state. */
export async function move(page: Page, to: string): Promise<void> {
  await page.click(`#move-form [value=${to}]`);
  await page.waitForSelector(".messages li");
}

export async function stockOf(page: Page, product: string): Promise<number> {
  await page.goto(`/products/?q=${encodeURIComponent(product)}`);
  return Number(await page.locator(`tr:has-text("${product}") [data-stock]`).textContent());
}

/** Follow a link that downloads. */
export async function download(page: Page, link: string): Promise<{ name: string; body: Buffer }> {
  const [found] = await Promise.all([page.waitForEvent("download"), page.click(link)]);
  return { name: found.suggestedFilename(), body: await readFile(await found.path()) };
}

/** A style from the stylesheets, if they have loaded. */
export async function styleOf(page: Page, selector: string, property: string): Promise<unknown> {
  await page.waitForSelector(selector);
  const element = `document.querySelector(${JSON.stringify(selector)})`;
  return await page.evaluate(`getComputedStyle(${element}).${property}`);
}
