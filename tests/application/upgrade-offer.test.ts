import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import express from "express";
import fastify from "fastify";
import { getPythonApplication } from "quintet/python";
import { parseResponses } from "../../testing/http.ts";
import { type Listening, listen } from "../../testing/listen.ts";
import { apps, python } from "../../testing/paths.ts";
import { seenByFront } from "../../testing/seen.ts";
import { raw } from "../../testing/socket.ts";

// node:http drops what stands behind an offer to upgrade in the same packet: of a POST there, the head.

const application = getPythonApplication("basic", {
  project: apps,
  python,
  workers: 1,
  logLevel: "error",
});
/** What the program's own routes were asked for. */
const own: string[] = [];
const servers: Record<string, Listening> = {};
before(async () => {
  servers.node = await listen(application.handler);
  const app = express();
  app.all("/own", (request, response) => {
    own.push(request.url);
    response.send("own");
  });
  app.use("/", application.handler);
  servers.express = await listen(app);
  const framework = fastify();
  framework.get("/own", (request) => {
    own.push(request.url);
    return "own";
  });
  framework.removeAllContentTypeParsers();
  framework.addContentTypeParser("*", (_request, _payload, done) => done(null));
  framework.all("/*", (request, reply) => {
    reply.hijack();
    application.handler(request.raw, reply.raw);
  });
  const url = await framework.listen({ port: 0, host: "127.0.0.1" });
  servers.fastify = { url, port: Number(new URL(url).port), close: () => framework.close() };
});
after(async () => {
  await application.close();
  for (const each of Object.values(servers)) await each.close();
});

const offer = "Connection: Upgrade\r\nUpgrade: h2c\r\n";
const offers: Record<string, [bytes: string, answer: RegExp]> = {
  GET: [`GET /sleep?0.2 HTTP/1.1\r\nHost: a\r\n${offer}\r\n`, /^slept\n$/],
  POST: [`POST /sleep?0.2 HTTP/1.1\r\nHost: a\r\n${offer}Content-Length: 2\r\n\r\nab`, /^slept\n$/],
  "refused GET": [`GET /hello HTTP/1.1\r\nHost: a b\r\n${offer}\r\n`, /^400 /],
};

for (const name of ["node", "express", "fastify"]) {
  for (const [method, [bytes, answer]] of Object.entries(offers)) {
    for (const path of ["/hello?inner", "/own"]) {
      test(`${name}: nothing runs behind a ${method} that offers another protocol, not even ${path}`, async () => {
        own.length = 0;
        const { port } = servers[name] as Listening;
        const inner = `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
        const connection = await raw(port);
        connection.write(
          `${bytes}POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: ${inner.length}\r\n\r\n`,
        );
        // While it runs.
        await seenByFront({ port });
        connection.write(inner);
        const { text } = await connection.closed();
        const [first, ...rest] = parseResponses(text);
        assert.equal(first?.headers["connection"], "close");
        assert.match(first?.body ?? "", answer);
        assert.deepEqual(rest, []);
        assert.deepEqual(own, []);
      });
    }
  }
}
