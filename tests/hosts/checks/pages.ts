import assert from "node:assert/strict";
import { ask } from "../../../testing/hosts/ask.ts";
import { Client } from "../../../testing/hosts/client.ts";
import type { Subject } from "../behaviours.ts";

export async function orders({ site }: Subject): Promise<void> {
  const client = new Client(site.url);
  const refused = await client.request("/orders/");
  assert.equal(refused.status, 302);
  assert.equal(refused.headers.get("location"), "/accounts/login/?next=/orders/");
  await client.logIn();
  assert.match(await client.text("/"), /Dashboard/);
  const page = await client.text("/orders/?page=2");
  assert.match(page, /<table/);
  const [, order = ""] = /href="(\/orders\/[^"/]*\d[^"/]*\/)"/.exec(page) ?? [];
  assert.match(await client.text(order), /<h1/);
}

export async function admin({ site }: Subject): Promise<void> {
  const client = new Client(site.url);
  await client.logIn();
  assert.match(await client.text("/admin/"), /Hot Club Supply/);
  assert.match(await client.text("/admin/orders/order/"), /120 orders/);
}

export async function csvExport({ site }: Subject): Promise<void> {
  const client = new Client(site.url);
  await client.logIn();
  const lines = (await client.text("/orders/export.csv")).trimEnd().split("\r\n");
  assert.equal(lines.length, 121);
}

export async function staticFiles({ site }: Subject): Promise<void> {
  const css = await ask(`${site.url}/static/oms/oms.css`);
  assert.equal(css.status, 200);
  assert.match(css.headers.get("content-type") ?? "", /^text\/css/);
  assert.match(await css.text(), /--/);
  const media = await ask(`${site.url}/media/large.bin`, { method: "HEAD" });
  assert.equal(media.status, 200);
}
