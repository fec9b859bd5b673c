import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { serve } from "../../testing/serve.ts";
import { site } from "../../testing/paths.ts";
import { raw } from "../../testing/socket.ts";
import { folderWith } from "../../testing/temp.ts";

const env = { DJANGO_SETTINGS_MODULE: "tiny.settings" };
const args = ["--request-buffering", "/upload*=false"];

test("Django's upload handlers take a form of 20 MB as it comes", async (t) => {
  const temporary = folderWith();
  const own = { cwd: site, env, args: [...args, "--temp-dir", temporary] };
  const server = await serve(t, "tiny.wsgi", own);
  const body = Buffer.alloc(20_000_000, "upload ");
  const form = new FormData();
  form.set("file", new Blob([body]), "upload");
  const response = await fetch(`${server.url}/upload`, { method: "POST", body: form });
  const text = await response.text();
  assert.equal(response.status, 200, text);
  assert.ok(text.includes(createHash("sha256").update(body).digest("hex")), text);
});

test("a client that leaves is Django's UnreadablePostError, and the next is served", async (t) => {
  const server = await serve(t, "tiny.wsgi", { cwd: site, env, args });
  const connection = await raw(server.port);
  const head = "POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n";
  connection.write(`${head}Content-Type: multipart/form-data; boundary=b\r\n\r\n`);
  connection.write('--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\nhello');
  await new Promise((resolve) => setTimeout(resolve, 300));
  connection.destroy();
  await server.logged((line) => line.access?.status === 499);
  await server.logged((line) => JSON.stringify(line).includes("UnreadablePostError"));
  assert.equal((await fetch(`${server.url}/upload`)).status, 200);
});
