import assert from "node:assert/strict";
import { createReadStream } from "node:fs";
import { Agent as HttpAgent, type IncomingMessage, request, type RequestOptions } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { after, before, test } from "node:test";
import { Agent, Client, fetch as undiciFetch } from "undici";
import { digest, openTransfers, pace, type Transfers, views } from "../../testing/transfers.ts";

let transfers: Transfers;
before(async () => {
  transfers = await openTransfers();
});
after(async () => {
  await transfers.server.stop();
});

const SLOW = 25_000_000;

/** Where node:http connects to. */
function addresses(): ({ host: string; port: number } | { socketPath: string })[] {
  const { server, socket } = transfers;
  return [{ host: "127.0.0.1", port: server.port }, { socketPath: socket }];
}

/** The data in small pieces, with pauses. */
async function* slowly(data: Buffer, perSecond: number): AsyncGenerator<Buffer> {
  const keep = pace(perSecond);
  for (let at = 0; at < data.length; at += 30_011) {
    const piece = data.subarray(at, at + 30_011);
    yield piece;
    await keep(piece.length);
  }
}

/** The received data, with pauses between reads. */
async function* paced(
  stream: AsyncIterable<Uint8Array>,
  perSecond: number,
): AsyncGenerator<Uint8Array> {
  const keep = pace(perSecond);
  for await (const chunk of stream) {
    await keep(chunk.length);
    yield chunk;
  }
}

/** One request of node:http. */
async function ask(
  options: RequestOptions,
  body: Readable | Buffer | null = null,
): Promise<IncomingMessage> {
  const sent = request(options);
  const answer = new Promise<IncomingMessage>((resolve, reject) => {
    sent.on("response", resolve);
    sent.on("error", reject);
  });
  if (body instanceof Readable) await pipeline(body, sent);
  else sent.end(body);
  return await answer;
}

const textOf = async (answer: AsyncIterable<Uint8Array>): Promise<string> => {
  let text = "";
  for await (const chunk of answer) text += Buffer.from(chunk).toString();
  return text;
};

test("node:http downloads 100 MB intact over one connection that stays open", async () => {
  for (const address of addresses()) {
    const agent = new HttpAgent({ keepAlive: true, maxSockets: 1 });
    const sockets = new Set<unknown>();
    for (const path of "port" in address ? views : views.slice(0, 2)) {
      const answer = await ask({ ...address, agent, path });
      sockets.add(answer.socket);
      assert.equal(await digest(answer), transfers.answer, path);
    }
    const small = await ask({ ...address, agent, path: "/digest", method: "POST" }, Buffer.of(1));
    sockets.add(small.socket);
    assert.match(await textOf(small), /^1 /);
    assert.equal(sockets.size, 1);
    agent.destroy();
  }
});

test("node:http uploads 100 MB, with a length and in chunks, on one connection that stays", async () => {
  for (const address of addresses()) {
    const agent = new HttpAgent({ keepAlive: true, maxSockets: 1 });
    const sockets = new Set<unknown>();
    for (const chunked of [false, true, false]) {
      const headers = chunked ? {} : { "Content-Length": transfers.data.length };
      const options = { ...address, agent, path: "/digest", method: "PUT", headers };
      const answer = await ask(options, createReadStream(transfers.file));
      sockets.add(answer.socket);
      assert.equal(await textOf(answer), transfers.answer);
    }
    assert.equal(sockets.size, 1);
    agent.destroy();
  }
});

test("node:http transfers 100 MB both ways at 25 MB/s, with pauses", async () => {
  const all = addresses().flatMap((address) => [
    (async () => {
      const answer = await ask({ ...address, path: "/stream" });
      assert.equal(await digest(paced(answer, SLOW)), transfers.answer);
    })(),
    (async () => {
      const options = { ...address, path: "/digest", method: "POST" };
      const answer = await ask(options, Readable.from(slowly(transfers.data, SLOW)));
      assert.equal(await textOf(answer), transfers.answer);
    })(),
  ]);
  await Promise.all(all);
});

test("fetch, Node's own and undici's over a unix socket, moves 100 MB both ways", async () => {
  const { server, data, answer, socket, file } = transfers;
  const agent = new Agent({ connect: { socketPath: socket }, connections: 1 });
  const overUnix = (url: string, init: object = {}): Promise<Response> =>
    undiciFetch(url, { ...init, dispatcher: agent }) as unknown as Promise<Response>;
  for (const go of [fetch, overUnix]) {
    for (const view of views.slice(0, 1)) {
      const response = await go(server.url + view);
      assert.equal(await digest(response.body as unknown as AsyncIterable<Buffer>), answer);
    }
    for (const body of [data, Readable.toWeb(createReadStream(file))]) {
      const init = { method: "POST", body, duplex: "half" } as RequestInit;
      const response = await go(`${server.url}/digest`, init);
      assert.equal(await response.text(), answer);
    }
  }
  await agent.close();
});

test("undici's client pipelines downloads and uploads on one connection", async () => {
  const { server, socket, data, answer } = transfers;
  for (const socketPath of [undefined, socket]) {
    const connect = socketPath === undefined ? {} : { socketPath };
    const client = new Client(server.url, { pipelining: 4, connect });
    let connections = 0;
    client.on("connect", () => (connections += 1));
    const get = async (path: string): Promise<string> =>
      digest((await client.request({ method: "GET", path })).body);
    const put = async (): Promise<string> =>
      // undici pipelines only idempotent requests.
      (await client.request({ method: "PUT", path: "/digest", body: data })).body.text();
    const all = [get("/stream"), get("/file"), put(), get("/sized"), put()];
    assert.deepEqual(await Promise.all(all), Array(5).fill(answer));
    assert.equal(connections, 1);
    await client.close();
  }
});
