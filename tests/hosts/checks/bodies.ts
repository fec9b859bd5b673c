import assert from "node:assert/strict";
import { ask } from "../../../testing/hosts/ask.ts";
import { createHash, randomUUID } from "node:crypto";
import { Client } from "../../../testing/hosts/client.ts";
import { LARGE_BYTES, large } from "../../../testing/hosts/shop.ts";
import { parseResponses } from "../../../testing/http.ts";
import { raw } from "../../../testing/socket.ts";
import type { Subject } from "../behaviours.ts";

const sha256 = (data: Buffer): string => createHash("sha256").update(data).digest("hex");

/** The view goes on when the client has its first part: who collects the parts never gets there. */
export async function stream({ site, shop }: Subject): Promise<void> {
  const name = randomUUID();
  const connection = await raw(site.port);
  try {
    const host = `Host: 127.0.0.1:${site.port}`;
    connection.write(`GET /probe/stream?until=${name} HTTP/1.1\r\n${host}\r\n\r\n`);
    const begun = await connection.receives("first\n");
    assert.ok(!begun.includes("second"));
    shop.write(`var/${name}`, "");
    await connection.receives("second\n");
  } finally {
    connection.destroy();
  }
}

export async function upload({ site }: Subject): Promise<void> {
  const client = new Client(site.url);
  await client.logIn();
  await client.text("/products/import/");
  const csv = "sku,name,price,stock\nHOST-1,Hôtel key,12.50,7\n";
  const file = new File([csv], "products.csv", { type: "text/csv" });
  const response = await client.post("/products/import/", { file });
  assert.equal(response.status, 302, await response.text());
  assert.match(await client.text("/products/?q=HOST-1"), /Hôtel key/);
}

export async function largeBody({ site }: Subject): Promise<void> {
  const response = await ask(`${site.url}/probe/echo`, { method: "POST", body: large });
  assert.deepEqual(await response.json(), { length: LARGE_BYTES, sha256: sha256(large) });
}

export async function chunkedBody({ site }: Subject): Promise<void> {
  const connection = await raw(site.port);
  try {
    connection.write(
      `POST /probe/echo HTTP/1.1\r\nHost: 127.0.0.1:${site.port}\r\nTransfer-Encoding: chunked\r\n` +
        "Content-Type: application/octet-stream\r\nConnection: close\r\n\r\n" +
        "5\r\nchunk\r\n3\r\nby \r\n5\r\nchunk\r\n0\r\n\r\n",
    );
    const text = await connection.receives(
      (text) => parseResponses(text)[0]?.body.includes("}") || /^HTTP\/1.1 [45]/.test(text),
    );
    const [response] = parseResponses(text);
    assert.equal(response?.status, 200);
    const body = Buffer.from("chunkby chunk");
    assert.deepEqual(JSON.parse(response.body), { length: body.length, sha256: sha256(body) });
  } finally {
    connection.destroy();
  }
}

export async function download({ site }: Subject): Promise<void> {
  const client = new Client(site.url);
  await client.logIn();
  const list = JSON.parse(await client.text("/api/orders/?status=delivered")) as {
    results: { url: string }[];
  };
  const [order] = list.results;
  const response = await client.request(`${order?.url}invoice/`);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "application/pdf");
  assert.match(response.headers.get("content-disposition") ?? "", /^attachment; filename=/);
  const pdf = Buffer.from(await response.arrayBuffer());
  assert.equal(response.headers.get("content-length"), String(pdf.length));
  assert.equal(pdf.subarray(0, 5).toString(), "%PDF-");
  assert.match(pdf.subarray(-8).toString(), /%%EOF/);
}

export async function file({ site }: Subject): Promise<void> {
  const response = await ask(`${site.url}/probe/file`);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-length"), String(LARGE_BYTES));
  assert.equal(sha256(Buffer.from(await response.arrayBuffer())), sha256(large));
}
