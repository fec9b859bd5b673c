import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";
import { site } from "../../../testing/paths.ts";
import { seenByFront } from "../../../testing/seen.ts";
import { type Running, start } from "../../../testing/server.ts";
import { raw } from "../../../testing/socket.ts";
import { folderWith } from "../../../testing/temp.ts";

const env = { DJANGO_SETTINGS_MODULE: "tiny.settings" };

let server: Running;
before(async () => {
  const args = ["--workers", "1", "--request-buffering", "/upload*=false"];
  server = await start("tiny.wsgi", {
    cwd: site,
    env,
    args: [...args, "--temp-dir", folderWith()],
  });
});
after(async () => {
  await server.stop();
});

test("Django's upload handlers take a form of 20 MB as it comes", async () => {
  const body = Buffer.alloc(20_000_000, "upload ");
  const form = new FormData();
  form.set("file", new Blob([body]), "upload");
  const response = await fetch(`${server.url}/upload`, { method: "POST", body: form });
  const text = await response.text();
  assert.equal(response.status, 200, text);
  assert.ok(text.includes(createHash("sha256").update(body).digest("hex")), text);
});

test("a client that leaves is Django's UnreadablePostError, and the next is served", async () => {
  const connection = await raw(server.port);
  const head = "POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n";
  connection.write(
    `${head}Expect: 100-continue\r\nContent-Type: multipart/form-data; boundary=b\r\n\r\n`,
  );
  // Django reads the body.
  await connection.receives("100 Continue");
  connection.write('--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\nhello');
  await seenByFront(server);
  connection.destroy();
  await server.logged((line) => line.access?.status === 499);
  await server.logged((line) => JSON.stringify(line).includes("UnreadablePostError"));
  assert.equal((await fetch(`${server.url}/upload`)).status, 200);
});
