import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { parseResponses } from "../../../testing/http.ts";
import { type LogLine, type Running, start } from "../../../testing/server.ts";
import { raw } from "../../../testing/socket.ts";

const servers: Running[] = [];
before(async () => {
  const all = [
    start("responses", { args: ["--workers", "1", "--strict-headers"] }),
    start("responses", { args: ["--workers", "1", "--threads", "2", "--strict-headers"] }),
  ];
  servers.push(...(await Promise.all(all)));
});
after(async () => {
  await Promise.all(servers.map((server) => server.stop()));
});

/** With one thread the application runs in the main thread, with several threads it does not. */
function both(name: string, check: (server: Running) => Promise<void>): void {
  for (const [index, how] of ["", " (several threads)"].entries()) {
    test(name + how, () => check(servers[index] as Running));
  }
}

/** The traceback, or what the worker logged, about the request with this path. */
async function said(server: Running, path: string): Promise<string> {
  const { request } = await server.logged((line) => line.access?.path === path);
  assert.ok(request);
  const about = (line: LogLine): boolean => line.request === request && line.level === "error";
  const line = await server.logged(about);
  assert.ok(server.workers().includes(line.worker ?? 0));
  return line.detail ?? line.msg ?? "";
}

both(
  "a view that raises is a 500, and its traceback is logged with the request's id",
  async (server) => {
    for (const view of ["raise", "raise_first"]) {
      const response = await fetch(`${server.url}/${view}`);
      assert.equal(response.status, 500);
      assert.equal(await response.text(), "Internal Server Error\n");
      const trace = await said(server, `/${view}`);
      assert.match(trace, /^Traceback \(most recent call last\):\n/);
      assert.match(trace, /responses\.py", line \d+, in view_raise/);
      assert.match(trace, /ValueError: raised [a-z_ ]+$/);
      assert.doesNotMatch(trace, /quintet\/response\.py/);
    }
  },
);

both("sys.exit() in a view is a 500, and the worker lives on", async (server) => {
  const pid = await (await fetch(`${server.url}/pid`)).text();
  assert.equal((await fetch(`${server.url}/exit`)).status, 500);
  assert.match(await said(server, "/exit"), /SystemExit: 1$/);
  assert.equal(await (await fetch(`${server.url}/pid`)).text(), pid);
});

both("an application's own error page, by way of exc_info, is sent", async (server) => {
  const response = await fetch(`${server.url}/own_error`);
  assert.equal(response.status, 500);
  assert.equal(response.statusText, "Mine");
  assert.equal(await response.text(), "my own error page");
});

both("a view that raises in mid-stream gives a response without an end", async (server) => {
  const connection = await raw(server.port);
  connection.write("GET /raise_late HTTP/1.1\r\nHost: a\r\n\r\n");
  const { text } = await connection.closed();
  assert.match(text, /^HTTP\/1\.1 200 OK\r\n/);
  assert.match(text, /\r\n5\r\nbegun\r\n$/);
  assert.match(await said(server, "/raise_late"), /ValueError: raised in mid-stream$/);
});

both("in HTTP/1.0 only a reset tells a cut response from a whole one", async (server) => {
  const connection = await raw(server.port);
  connection.write("GET /raise_late?1.0 HTTP/1.0\r\n\r\n");
  const { how } = await connection.closed();
  assert.equal(how, "ECONNRESET");
});

const culprits: [string, RegExp][] = [
  ["control", /X-Bad has a control character: 'a\\r\\nSet-Cookie: evil=1'/],
  ["newline", /X-Bad has a control character/],
  ["nul", /X-Bad has a control character/],
  ["name", /not a header name: 'X Bad'/],
  ["name-newline", /not a header name: 'X-Bad\\r\\nX-Evil'/],
  ["hop", /'Connection' is a hop-by-hop header/],
  ["encoding", /'Transfer-Encoding' is a hop-by-hop header/],
  ["number", /the value of X-Bad is int, not str/],
  ["bytes", /the value of X-Bad is bytes, not str/],
  ["name-bytes", /not a header name: b'X-Bad'/],
  ["unicode", /the value of X-Bad is not latin-1/],
  ["length", /not a Content-Length: 'many'/],
  ["status", /not a status, such as '200 OK': 'OK'/],
  ["status-number", /not a status, such as '200 OK': 200/],
  ["status-newline", /not a status.*X-Evil/],
];

both("a head that HTTP cannot carry is a 500, and the log names the culprit", async (server) => {
  for (const [name, expected] of culprits) {
    const connection = await raw(server.port);
    connection.write(`GET /wrong?${name} HTTP/1.1\r\nHost: a\r\n\r\n`);
    const text = await connection.receives("Internal Server Error\n");
    const [response] = parseResponses(text);
    assert.equal(response?.status, 500);
    assert.doesNotMatch(text, /evil|never/i, name);
    assert.match(await said(server, `/wrong?${name}`), expected);
    connection.destroy();
  }
});

both("an answer that breaks PEP 3333 is a 500, and the log says which rule", async (server) => {
  for (const [view, expected] of [
    ["text", /returned str where PEP 3333 wants bytes/],
    ["silent", /before it called start_response/],
    ["nothing", /NoneType/],
  ] as const) {
    const response = await fetch(`${server.url}/${view}`);
    assert.equal(response.status, 500, view);
    assert.match(await said(server, `/${view}`), expected);
  }
});
