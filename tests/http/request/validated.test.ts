import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";
import { type Running, start } from "../../../testing/server.ts";

const servers: Running[] = [];
before(async () => {
  const all = [
    start("validated", { args: ["--workers", "1"] }),
    start("validated", { args: ["--workers", "1", "--threads", "4"] }),
  ];
  servers.push(...(await Promise.all(all)));
});
after(async () => {
  await Promise.all(servers.map((server) => server.stop()));
});

const sha256 = (data: Buffer): string => createHash("sha256").update(data).digest("hex");

/** If a rule is broken, the validator raises (a 500 and a traceback) or warns. */
async function each(check: (url: string) => Promise<void>): Promise<void> {
  for (const server of servers) {
    await check(server.url);
    assert.doesNotMatch(server.output(), /Traceback|AssertionError|Warning/);
  }
}

test("wsgiref's validator finds nothing wrong with a GET", () =>
  each(async (url) => {
    const response = await fetch(`${url}/page/%E2%82%AC?a=b`, { headers: { Cookie: "a=b" } });
    assert.equal(await response.text(), `GET 0 ${sha256(Buffer.from(""))}`);
  }));

test("wsgiref's validator finds nothing wrong with a POST, in memory, in a file, or chunked", () =>
  each(async (url) => {
    for (const size of [0, 5, 1_000_000]) {
      const body = Buffer.alloc(size, "validate ");
      const expected = `POST ${size} ${sha256(body)}`;
      const plain = await fetch(url, { method: "POST", body });
      assert.equal(await plain.text(), expected);
      const stream = new Blob([body]).stream();
      const chunked = await fetch(url, { method: "POST", body: stream, duplex: "half" });
      assert.equal(await chunked.text(), expected);
    }
  }));

test("wsgiref's validator finds nothing wrong with a HEAD", () =>
  each(async (url) => {
    const response = await fetch(url, { method: "HEAD" });
    assert.equal(response.status, 200);
    assert.ok(Number(response.headers.get("content-length")) > 60);
    assert.equal(await response.text(), "");
  }));

test("wsgiref's validator finds nothing wrong with streams, write() and empty answers", () =>
  each(async (url) => {
    const stream = await fetch(`${url}/stream`, { method: "POST", body: "one\ntwo\nthree" });
    assert.equal(await stream.text(), "one\ntwo\nthreeend");
    assert.equal(await (await fetch(`${url}/writer`)).text(), "written and returned");
    assert.equal((await fetch(`${url}/nothing`)).status, 204);
  }));
