// What a connection says that it is doing, through real sockets and node:http.
import assert from "node:assert/strict";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { after, before, test } from "node:test";
import {
  type Connection,
  connectionOf,
  type ConnectionState,
} from "../../../src/http/connection/connection.ts";
import { InputFlowControl } from "../../../src/http/connection/input-flow-control.ts";
import { lingerOnClose } from "../../../src/http/connection/lingering-close.ts";
import { raw, type RawConnection } from "../../../testing/socket.ts";
import { until } from "../../../testing/wait.ts";

/** The last connection, and the responses to its requests, each with the response that it waits for. */
let connection: Connection;
let responses: { response: ServerResponse; waitsFor: ServerResponse | null }[] = [];

const server = createServer((request, response) => {
  request.resume();
  const waitsFor = connectionOf(request.socket).begin(response);
  responses.push({ response, waitsFor });
});
server.on("connection", (socket: Socket) => {
  connection = connectionOf(socket);
  connection.inputFlow = new InputFlowControl(socket, connection);
  responses = [];
});
before(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)));
after(() => {
  server.close();
  server.closeAllConnections();
});

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const POST_HEAD = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n";

async function open(): Promise<RawConnection> {
  const accepted = new Promise((resolve) => server.once("connection", resolve));
  const client = await raw((server.address() as AddressInfo).port);
  await accepted;
  return client;
}

const becomes = (state: ConnectionState): Promise<void> =>
  until(() => connection.state === state, state);

const newest = (): ServerResponse => responses.at(-1)?.response as ServerResponse;

test("a request is read, handled and answered, and then the connection is idle", async () => {
  const client = await open();
  assert.equal(connection.state, "idle");
  client.write(POST_HEAD.slice(0, 20));
  await becomes("reading head");
  client.write(`${POST_HEAD.slice(20)}bo`);
  await becomes("reading body");
  assert.equal(connection.isResponding, false);
  client.write("dy");
  await becomes("handling");
  assert.equal(connection.isResponding, false);
  newest().write("part");
  assert.equal(connection.state, "answering");
  assert.equal(connection.isResponding, true);
  newest().end();
  await becomes("idle");
  assert.equal(connection.isResponding, false);
  client.destroy();
  await becomes("closed");
});

test("a pipelined request is queued until the response before it is sent", async () => {
  const client = await open();
  client.write(GET + GET);
  await until(() => responses.length === 2, "both requests");
  const [first, second] = responses;
  assert.equal(first?.waitsFor, null);
  assert.equal(second?.waitsFor, first?.response);
  assert.equal(connection.state, "queued");
  assert.equal(connection.unanswered, 2);
  let isTurn = false;
  connection.onTurn(second?.waitsFor as ServerResponse, () => {
    isTurn = true;
    assert.equal(connection.state, "handling");
    assert.equal(connection.unanswered, 1);
  });
  first?.response.end();
  await until(() => isTurn, "the turn of the second request");
  newest().end();
  await becomes("idle");
  client.destroy();
});

test("a request that arrives after the previous response need not wait", async () => {
  const client = await open();
  for (const _ of [1, 2]) {
    client.write(GET);
    await becomes("handling");
    assert.equal(responses.at(-1)?.waitsFor, null);
    newest().end();
    await becomes("idle");
  }
  client.destroy();
});

test("the rest of a body is discarded after the response", async () => {
  const client = await open();
  client.write(`${POST_HEAD}bo`);
  await becomes("reading body");
  newest().end();
  await becomes("discarding body");
  client.write("dy");
  await becomes("idle");
  client.destroy();
});

test("a connection that lingers is closed by its client", async () => {
  const client = await open();
  client.socket.allowHalfOpen = true;
  client.write(GET);
  await becomes("handling");
  lingerOnClose(connection.socket);
  newest().shouldKeepAlive = false;
  newest().end();
  await becomes("lingering");
  await client.receives("\r\n\r\n");
  client.write("ignored");
  assert.equal(connection.state, "lingering");
  client.socket.end();
  await becomes("closed");
});

test("a connection is reading if part of the next request has arrived after a response", async () => {
  const client = await open();
  client.write(GET);
  await becomes("handling");
  newest().end();
  await becomes("idle");
  client.write("GET /");
  await becomes("reading head");
  client.destroy();
});
