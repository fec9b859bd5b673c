import assert from "node:assert/strict";
import { test } from "node:test";
import { serve } from "../../testing/serve.ts";
import { raw } from "../../testing/socket.ts";
import { folderWith } from "../../testing/temp.ts";

/** A worker that does not wait for the client. */
const app = `
import quintet.frames


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    if environ["PATH_INFO"] == "/flood":
        quintet.frames.WINDOW = 1 << 40
        return (b"x" * 1_000_000 for _ in range(1000))
    return [b"ok"]
`;

test("a worker that sends more than its client takes is killed before it fills the memory of the front", async (t) => {
  const args = ["--workers", "1", "--response-spool", "0"];
  const server = await serve(t, "flooding", { cwd: folderWith({ "flooding.py": app }), args });
  const { front } = server;
  const client = await raw(server.port);
  client.write("GET /flood HTTP/1.1\r\nHost: a\r\n\r\n");
  client.socket.pause();
  const { msg } = await server.logged(({ code }) => code === "QUINTET_PROTOCOL");
  assert.match(msg as string, /DATA for which it has no credit/);
  client.destroy();
  assert.equal(await (await fetch(server.url)).text(), "ok");
  assert.equal(server.front, front);
});
