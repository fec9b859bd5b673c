import assert from "node:assert/strict";
import { test } from "node:test";
import { parseResponses } from "../../../testing/http.ts";
import { serve } from "../../../testing/serve.ts";
import { raw } from "../../../testing/socket.ts";

const shapes = [
  "GET /hello HTTP/1.1\r\nHost: a\r\nX : 1\r\n\r\n",
  "GET /hello HTTP/1.1\r\nHost: a\r\nX: 1\n\r\n",
  "GET /hello HTTP/1.1\nHost: a\n\n",
  "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
  "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello0\r\n\r\n",
  "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5 \r\nhello\r\n0\r\n\r\n",
  "GET /hello HTTP/1.1\r\nHost: a\r\nX: 1\x012\r\n\r\n",
];

test("the parser is strict, whatever NODE_OPTIONS say for the whole of Node", async (t) => {
  const env = { NODE_OPTIONS: "--insecure-http-parser" };
  const server = await serve(t, "basic", { env });
  for (const bytes of shapes) {
    const connection = await raw(server.port);
    connection.write(`${bytes}GET /hello?behind HTTP/1.1\r\nHost: a\r\n\r\n`);
    const { text } = await connection.closed();
    const statuses = parseResponses(text).map(({ status }) => status);
    assert.deepEqual(statuses, [400], JSON.stringify(bytes));
  }
});
