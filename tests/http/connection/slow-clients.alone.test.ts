import assert from "node:assert/strict";
import { connect, type Socket } from "node:net";
import { test } from "node:test";
import { measured } from "../../../testing/control.ts";
import { start } from "../../../testing/server.ts";
import { raw } from "../../../testing/socket.ts";

test("1,000 stalled uploads and 1,000 silent connections do not delay anybody", async (t) => {
  const server = await start("basic", { args: ["--workers", "2"] });
  const sockets: Socket[] = [];
  t.after(async () => {
    // Otherwise it would wait for the bodies.
    for (const socket of sockets) socket.destroy();
    await server.stop();
  });
  const open = async (text: string): Promise<void> => {
    const socket = connect(server.port, "127.0.0.1");
    sockets.push(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.once("connect", () => socket.write(text, () => resolve()));
    });
  };
  const upload = "POST /digest HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n0123456789";
  for (let round = 0; round < 20; round += 1) {
    await Promise.all(Array.from({ length: 50 }, () => open(upload)));
    await Promise.all(Array.from({ length: 50 }, () => open("")));
  }
  assert.equal(sockets.length, 2000);
  const times: number[] = [];
  const { allow } = await measured(async () => {
    for (let count = 0; count < 50; count += 1) {
      const began = performance.now();
      const connection = await raw(server.port);
      connection.write("GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
      await connection.receives("Hello, world!");
      times.push(performance.now() - began);
      connection.destroy();
    }
  });
  times.sort((a, b) => a - b);
  const longest = times[49] as number;
  assert.ok(longest <= allow(100), `they took up to ${longest} ms, with ${allow(100)} allowed`);
  assert.ok(sockets.every((socket) => !socket.destroyed && !socket.readableEnded));
  t.diagnostic(`median ${times[24]?.toFixed(1)} ms, all up to ${longest.toFixed(1)} ms`);
});
