import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, test } from "node:test";
import { QuintetError } from "quintet/errors";
import { getPythonApplication } from "quintet/python";
import { apps, python } from "../../testing/paths.ts";
import { until } from "../../testing/wait.ts";

const options = { project: apps, python, workers: 1, logLevel: "error" } as const;
const basic = getPythonApplication("basic", options);
after(() => basic.close());

const MEGABYTE = 1024 * 1024;

function post(path: string, init: RequestInit): Request {
  return new Request(`http://shop.example${path}`, {
    method: "POST",
    duplex: "half",
    ...init,
  } as RequestInit);
}

function sha256(data: Uint8Array | string): string {
  return createHash("sha256").update(data).digest("hex");
}

test("a body of text has its type and its length", async () => {
  const response = await basic.fetch(post("/echo", { body: "naïve €" }));
  assert.equal(response.headers.get("x-content-length"), "10");
  assert.equal(await response.text(), "naïve €");
  const seen = await (await basic.fetch(post("/environ", { body: "x" }))).json();
  assert.equal((seen as Record<string, string>).CONTENT_TYPE, "text/plain;charset=UTF-8");
});

test("a body of bytes arrives byte by byte", async () => {
  const bytes = Uint8Array.from({ length: 100_000 }, (_, index) => index % 256);
  const response = await basic.fetch(post("/echo", { body: bytes }));
  assert.equal(response.headers.get("x-hash"), sha256(bytes));
  assert.equal(sha256(await response.bytes()), sha256(bytes));
});

test("a body that is a stream arrives with its length", async () => {
  const parts = ["one ", "two ", "three"];
  const body = new ReadableStream({
    pull(controller) {
      const part = parts.shift();
      if (part === undefined) controller.close();
      else controller.enqueue(new TextEncoder().encode(part));
    },
  });
  const response = await basic.fetch(post("/echo", { body }));
  assert.equal(response.headers.get("x-content-length"), "13");
  assert.equal(await response.text(), "one two three");
});

test("FormData arrives as multipart/form-data", async () => {
  const body = new FormData();
  body.set("name", "Ada");
  body.set("file", new File(["content"], "notes.txt"));
  const response = await basic.fetch(post("/echo", { body }));
  const text = await response.text();
  assert.match(text, /name="name"\r\n\r\nAda\r\n/);
  assert.match(text, /filename="notes.txt"\r\n.*\r\n\r\ncontent\r\n/);
  assert.equal(response.headers.get("x-length"), String(text.length));
});

test("an empty body, and none, are empty", async () => {
  for (const init of [{}, { body: "" }, { body: new Uint8Array() }]) {
    const response = await basic.fetch(post("/echo", init));
    assert.equal(response.headers.get("x-length"), "0");
  }
});

test("50 MB arrive intact in both directions", async () => {
  const block = Buffer.alloc(MEGABYTE, "0123456789abcdef");
  const hash = createHash("sha256");
  let blocks = 50;
  const body = new ReadableStream({
    pull(controller) {
      if (blocks-- === 0) return controller.close();
      hash.update(block);
      controller.enqueue(new Uint8Array(block));
    },
  });
  const sent = await basic.fetch(post("/digest", { body }));
  assert.equal(await sent.text(), `${50 * MEGABYTE} ${hash.digest("hex")}`);

  const got = await basic.fetch(post(`/large?${50 * MEGABYTE}`, {}));
  const received = createHash("sha256");
  let size = 0;
  for await (const chunk of got.body as unknown as AsyncIterable<Uint8Array>) {
    received.update(chunk);
    size += chunk.length;
  }
  assert.equal(size, 50 * MEGABYTE);
  assert.equal(received.digest("hex"), sha256(Buffer.alloc(50 * MEGABYTE, "x")));
});

test("a body that fails on its way rejects with its own error, and leaves nothing held", async () => {
  const small = getPythonApplication("basic", { ...options, spoolLimit: 3 * MEGABYTE });
  for (let count = 0; count < 4; count += 1) {
    let pieces = 1;
    const body = new ReadableStream({
      pull(controller) {
        if (pieces-- > 0) controller.enqueue(new Uint8Array(2 * MEGABYTE));
        else controller.error(new Error("the disk is gone"));
      },
    });
    await assert.rejects(small.fetch(post("/digest", { body })), /the disk is gone/);
  }
  await small.close();
});

test("more than spoolLimit is a 503 with its code, the source is told to stop, and there is room again", async () => {
  const small = getPythonApplication("basic", { ...options, spoolLimit: 3 * MEGABYTE });
  let cancelled = false;
  const body = new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(MEGABYTE)),
    cancel: () => void (cancelled = true),
  });
  const response = await small.fetch(post("/digest", { body }));
  assert.equal(response.status, 503);
  assert.match(await response.text(), /QUINTET_BODY_QUOTA/);
  await until(() => cancelled, "the source is cancelled");
  const next = await small.fetch(post("/digest", { body: new Uint8Array(2 * MEGABYTE) }));
  assert.equal(next.status, 200);
  await small.close();
});

test("a body that has been read before is refused by name", async () => {
  const request = post("/echo", { body: "text" });
  await request.text();
  await assert.rejects(basic.fetch(request), (error) => {
    assert.ok(error instanceof QuintetError);
    assert.equal(error.code, "QUINTET_BODY_USED");
    return true;
  });
});
