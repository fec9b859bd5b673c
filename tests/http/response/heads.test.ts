// Responses that HTTP cannot carry, or that a client would take for two responses, in both languages.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { getPythonApplication } from "quintet/python";
import { parseResponses, type RawResponse } from "../../../testing/http.ts";
import { type Listening, listen } from "../../../testing/listen.ts";
import { apps, python } from "../../../testing/paths.ts";
import { type Running, start } from "../../../testing/server.ts";
import { raw } from "../../../testing/socket.ts";
import { until } from "../../../testing/wait.ts";
import type { Order } from "../../apps/ts/spoken.ts";

const mounted = getPythonApplication("spoken", {
  project: apps,
  python,
  workers: 1,
  strictHeaders: true,
  logLevel: "error",
});
const servers: Record<string, Running> = {};
let program: Listening;
before(async () => {
  const args = ["--workers", "1", "--strict-headers"];
  [servers.Python, servers.TypeScript] = await Promise.all([
    start("spoken", { args }),
    start(join(apps, "ts", "spoken.ts"), { args }),
  ]);
  program = await listen(mounted.handler);
});
after(async () => {
  await Promise.all(Object.values(servers).map((server) => server.stop()));
  await program.close();
  await mounted.close();
});

function order(status: string, more: Partial<Order> = {}): Order {
  return { status, headers: [], pieces: ["body"], ...more };
}

const NEXT = "GET /next HTTP/1.1\r\nHost: a\r\n\r\n";

function request(method: string, wanted: Order): string {
  const body = JSON.stringify(wanted);
  return `${method} / HTTP/1.1\r\nHost: a\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

/** The response. Checks that the connection is in order after it: the next request is answered, too. */
async function inStep(port: number, wanted: Order, method = "POST"): Promise<RawResponse> {
  const connection = await raw(port);
  connection.socket.write(request(method, wanted) + NEXT, "utf8");
  const methods = [method, "GET"];
  const whole = (text: string): boolean => parseResponses(text, methods).length === 2;
  const seen = await connection.receives(whole);
  connection.destroy();
  assert.doesNotMatch(seen, /HTTP\/1.1 1\d\d/, "nothing of it is on the wire");
  const [first, second] = parseResponses(seen, methods);
  assert.equal(second?.body, "fine");
  return first as RawResponse;
}

/** Logged once. */
async function saidOnce(server: Running, from: number, says: RegExp): Promise<void> {
  const lines = (): string[] =>
    server
      .log()
      .slice(from)
      .flatMap(({ level, msg }) =>
        level === "error" && says.test(msg ?? "") ? [msg as string] : [],
      );
  await until(() => lines().length > 0, `the log says ${says}`);
  assert.equal(lines().length, 1);
}

const refused: [name: string, order: Order, says: RegExp][] = [
  ...[
    "100 Continue",
    "101 Switching Protocols",
    "102 Processing",
    "103 Early Hints",
    "199 x",
    "100",
  ].map((status): [string, Order, RegExp] => [
    `the status ${status}`,
    order(status),
    /1xx status is not a final response/,
  ]),
  [
    "101 in place of an answer",
    order("200 OK", { again: "101 Switching Protocols" }),
    /1xx status is not a final/,
  ],
  ...["000 None", "20", "2000 OK", "200OK", "2x0 OK", "", " 200 OK", "-20 OK"].map(
    (status): [string, Order, RegExp] => [
      `the status ${JSON.stringify(status)}`,
      order(status),
      /not a status/,
    ],
  ),
  ["a phrase with a line end", order("200 OK\r\nSet-Cookie: a=1"), /not a status/],
  ["a phrase with a lone line feed", order("200 OK\nX: 1"), /not a status/],
  ["a phrase with NUL", order("200 O\0K"), /not a status/],
  ["a phrase with DEL", order("200 \x7f"), /not a status/],
  ["a phrase that is not latin-1", order("200 \u20ac"), /status is not latin-1|not a status/],
  [
    "a value with a line end",
    order("200 OK", { headers: [["X-A", "a\r\nSet-Cookie: b"]] }),
    /control character/,
  ],
  ["a value with NUL", order("200 OK", { headers: [["X-A", "a\0X-B\0c"]] }), /control character/],
  [
    "a value that is not latin-1",
    order("200 OK", { headers: [["X-A", "\u2028"]] }),
    /not latin-1|above U\+00FF/,
  ],
  ["a name with a space", order("200 OK", { headers: [["X A", "a"]] }), /not a header name/],
  ["an empty name", order("200 OK", { headers: [["", "a"]] }), /not a header name/],
  ["a name beyond ASCII", order("200 OK", { headers: [["X-\xe4", "a"]] }), /not a header name/],
  [
    "Transfer-Encoding",
    order("200 OK", { headers: [["transfer-encoding", "chunked"]] }),
    /hop-by-hop/,
  ],
  ["Connection", order("200 OK", { headers: [["Connection", "close"]] }), /hop-by-hop/],
  ["Upgrade", order("200 OK", { headers: [["Upgrade", "websocket"]] }), /hop-by-hop/],
  ...["5x", "-1", "+5", "5,5", "", "5 ", "1e3", "9".repeat(30)].map(
    (length): [string, Order, RegExp] => [
      `the Content-Length ${JSON.stringify(length)}`,
      order("200 OK", { headers: [["Content-Length", length]] }),
      /not a Content-Length/,
    ],
  ),
  [
    "two of them",
    order("200 OK", {
      headers: [
        ["Content-Length", "4"],
        ["content-length", "5"],
      ],
    }),
    /given twice/,
  ],
  [
    "the same one twice",
    order("200 OK", {
      headers: [
        ["Content-Length", "4"],
        ["Content-Length", "4"],
      ],
    }),
    /given twice/,
  ],
  ...["tuple", "iterator", "dict"].map((shape): [string, Order, RegExp] => [
    `headers that are no list (${shape})`,
    order("200 OK", { shape }),
    /the headers are .*, not (a list|an array) of pairs/,
  ]),
  [
    "headers of 2 MB",
    order("200 OK", { headers: [["X-A", "a".repeat(2_000_000)]] }),
    /2000\d\d\d bytes; the limit is/,
  ],
];

for (const language of ["Python", "TypeScript"] as const) {
  for (const [name, wanted, says] of refused) {
    test(`${name} by an application in ${language} gets 500, and the next request its own answer`, async () => {
      const server = servers[language] as Running;
      const from = server.log().length;
      const { status, headers } = await inStep(server.port, wanted);
      assert.equal(status, 500);
      assert.equal(headers["set-cookie"], undefined);
      await saidOnce(server, from, says);
    });
  }

  test(`bytes beyond Content-Length are cut and said once, by an application in ${language}`, async () => {
    const server = servers[language] as Running;
    const headers: Order["headers"] = [["Content-Length", "5"]];
    const other = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n!";
    for (const more of [
      { pieces: [`12345${other}`] },
      { pieces: ["123", `45${other}`, "and more"] },
      { pieces: ["12345", other] },
      { pieces: ["12345", other], write: true },
    ]) {
      const from = server.log().length;
      const { status, body } = await inStep(server.port, order("200 OK", { headers, ...more }));
      assert.deepEqual([status, body], [200, "12345"]);
      // write() raises, and the log has that, too.
      await saidOnce(
        server,
        from,
        /longer than its Content-Length of 5|goes past the Content-Length of 5/,
      );
    }
  });

  test(`fewer bytes than Content-Length end the connection, by an application in ${language}`, async () => {
    const server = servers[language] as Running;
    const headers: Order["headers"] = [["Content-Length", "5"]];
    for (const more of [{ pieces: ["1234"] }, { pieces: ["12", "34"] }, { pieces: [] }]) {
      const connection = await raw(server.port);
      connection.write(request("POST", order("200 OK", { headers, ...more })) + NEXT);
      const { text } = await connection.closed();
      assert.match(text, /^HTTP\/1\.1 200 OK\r\n/);
      assert.ok(!text.includes("fine"), "nothing follows that could be taken for the rest");
      connection.destroy();
    }
  });

  test(`a worker is not blamed if the client leaves within a body of known length, in ${language}`, async () => {
    const server = servers[language] as Running;
    const workers = server.workers();
    const from = server.log().length;
    // The worker reports that it has sent all of it, although the client has left.
    const headers: Order["headers"] = [["Content-Length", "6000000"]];
    for (const pieces of [["x".repeat(6_000_000)], Array(100).fill("x".repeat(60_000))]) {
      const client = await raw(server.port);
      client.socket.write(request("POST", order("200 OK", { headers, pieces })));
      await client.receives("\r\n\r\nx");
      client.destroy();
    }
    const left = (): number =>
      server
        .log()
        .slice(from)
        .filter(({ access }) => access?.status === 499 || access?.cut).length;
    await until(() => left() === 2, "both have left");
    assert.equal((await inStep(server.port, order("200 OK"))).status, 200);
    assert.deepEqual(server.workers(), workers);
    assert.ok(!server.log().some(({ code }) => code === "QUINTET_PROTOCOL"));
  });

  test(`a response that must not have a body has none, whatever an application in ${language} sends`, async () => {
    const server = servers[language] as Running;
    const headers: Order["headers"] = [["Content-Length", "4"]];
    for (const [status, method] of [
      ["204 No Content", "POST"],
      ["304 Not Modified", "POST"],
      ["200 OK", "HEAD"],
      ["404 Not Found", "HEAD"],
    ] as const) {
      for (const more of [
        {},
        { headers },
        { pieces: ["bo", "dy"], headers },
        { pieces: ["bo", "dy"] },
      ]) {
        const seen = await inStep(server.port, order(status, more), method);
        assert.deepEqual([seen.status, seen.body], [Number(status.slice(0, 3)), ""]);
      }
    }
  });

  test(`odd statuses that HTTP does carry arrive as an application in ${language} gives them`, async () => {
    const server = servers[language] as Running;
    for (const [status, line] of [
      ["200", "HTTP/1.1 200 "],
      ["200 ", "HTTP/1.1 200 "],
      ["299 caf\xe9", "HTTP/1.1 299 caf\xe9"],
      ["200 \tO K", "HTTP/1.1 200 \tO K"],
      ["600 Beyond", "HTTP/1.1 600 Beyond"],
      ["999 Far Beyond", "HTTP/1.1 999 Far Beyond"],
    ] as const) {
      const seen = await inStep(server.port, order(status));
      assert.deepEqual([seen.line, seen.body], [line, "body"]);
    }
  });
}

test("mounted in a program, an interim status is an error as well: by node:http and by fetch", async () => {
  for (const [name, wanted] of refused) {
    const { status } = await inStep(program.port, wanted);
    assert.equal(status, 500, name);
    const body = JSON.stringify(wanted);
    const response = await mounted.fetch(new Request("http://a/", { method: "POST", body }));
    assert.equal(response.status, 500, name);
    assert.equal(await response.text(), "Internal Server Error\n");
  }
});
