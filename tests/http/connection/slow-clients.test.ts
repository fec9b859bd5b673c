import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { parseResponses } from "../../../testing/http.ts";
import { serve } from "../../../testing/serve.ts";
import { type Running, start } from "../../../testing/server.ts";
import { raw } from "../../../testing/socket.ts";

let server: Running;
before(async () => {
  const timeouts = ["--header-timeout", "0.5", "--body-timeout", "0.5"];
  server = await start("basic", { args: ["--workers", "1", ...timeouts] });
});
after(async () => {
  await server.stop();
});

// Concurrently, because each of them mostly waits.
describe("slow clients", { concurrency: true }, () => {
  test("a head that takes longer than --header-timeout gets 408", async () => {
    const began = performance.now();
    const connection = await raw(server.port);
    connection.write("GET /hello HTTP/1.1\r\nHost: a\r\n");
    const drip = setInterval(() => connection.write("X-A: 1\r\n"), 100);
    const { text } = await connection.closed().finally(() => clearInterval(drip));
    assert.match(text, /^HTTP\/1\.1 408 Request Timeout\r\n/);
    assert.match(text, /QUINTET_CLIENT_SLOW/);
    assert.ok(performance.now() - began > 490);
    await server.logged(
      (line) => line.msg?.startsWith("127.0.0.1: 408 Request Timeout: ") === true,
    );
  });

  test("a connection without any input is closed without a response", async (t) => {
    const own = await serve(t, "basic", { args: ["--header-timeout", "0.5"] });
    const connection = await raw(own.port);
    const { text } = await connection.closed();
    assert.equal(text, "");
    await own.stop();
    assert.ok(!own.log().some((line) => line.code === "QUINTET_CLIENT_SLOW"));
  });

  test("a body that stalls for --body-timeout gets 408, and its request is not run", async () => {
    for (const framing of ["Content-Length: 20", "Transfer-Encoding: chunked"]) {
      const connection = await raw(server.port);
      connection.write(`POST /digest?late HTTP/1.1\r\nHost: a\r\n${framing}\r\n\r\n3\r\nabc`);
      const text = await connection.receives("\r\n\r\n");
      assert.match(text, /^HTTP\/1\.1 408 /);
      // What the worker sends now is too late.
      connection.write("\r\n0\r\n\r\n0123456789");
      await connection.closed();
      const expected = "127.0.0.1: 408 Request Timeout: no data of the body for 0.5 s";
      await server.logged((line) => line.msg === expected);
    }
    // The worker runs one request at a time, and log lines are in order.
    await fetch(`${server.url}/hello?afterwards`);
    await server.logged((line) => line.access?.path === "/hello?afterwards");
    const run = server.log().filter((line) => line.access?.path === "/digest?late");
    assert.deepEqual(
      run.map((line) => [line.access?.status, line.access?.appMs]),
      [
        [408, 0],
        [408, 0],
      ],
    );
  });

  test("a body that arrives slowly but steadily is accepted", async (t) => {
    const own = await serve(t, "basic", {
      args: ["--body-timeout", "3", "--body-min-rate", "0"],
    });
    const connection = await raw(own.port);
    connection.write("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n");
    for (const letter of "snail") {
      await sleep(800);
      connection.write(letter);
    }
    const text = await connection.receives("snail");
    assert.equal(parseResponses(text)[0]?.status, 200);
    connection.destroy();
  });

  test("timeouts of 0 are none", async (t) => {
    const args = ["--header-timeout", "0", "--body-timeout", "0"];
    const own = await serve(t, "basic", { args });
    const connection = await raw(own.port);
    connection.write("POST /echo HTTP/1.1\r\nHost: a\r\n");
    await sleep(1500);
    connection.write("Content-Length: 2\r\n\r\n");
    await sleep(1500);
    connection.write("ok");
    assert.match(await connection.receives("\r\n\r\nok"), /^HTTP\/1\.1 200 /);
    connection.destroy();
  });
});
