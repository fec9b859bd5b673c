// A body of several blocks that all exist has a length, so that a connection of HTTP/1.0 can be kept. A body whose blocks are made
// one by one has none, and each block is sent at once.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { parseResponses } from "../../../testing/http.ts";
import { apps } from "../../../testing/paths.ts";
import { type Running, start } from "../../../testing/server.ts";
import { raw } from "../../../testing/socket.ts";
import type { Order } from "../../apps/ts/spoken.ts";

const servers: Record<string, Running> = {};
before(async () => {
  const args = ["--workers", "1"];
  [servers.Python, servers.TypeScript] = await Promise.all([
    start("spoken", { args }),
    start(join(apps, "ts", "spoken.ts"), { args }),
  ]);
});
after(async () => {
  await Promise.all(Object.values(servers).map((server) => server.stop()));
});

const big = "x".repeat(50_000);
const LISTS: string[][] = [
  ["bo", "dy"],
  ["", "body"],
  ["body", ""],
  ["", ""],
  ["b", "o", "d", "y"],
  [big, big, big],
  ["first", big, big, ""],
];

function request(version: string, pieces: string[], more: Partial<Order> = {}): string {
  const order: Order = { status: "200 OK", headers: [], pieces, ...more };
  const body = JSON.stringify(order);
  const keep = version === "1.0" ? "Connection: keep-alive\r\n" : "";
  return `POST / HTTP/${version}\r\nHost: a\r\n${keep}Content-Length: ${body.length}\r\n\r\n${body}`;
}

for (const language of ["Python", "TypeScript"] as const) {
  const shapes = language === "Python" ? ["list", "tuple"] : ["list"];
  for (const shape of shapes) {
    test(`several blocks of a ${shape} get a length, in ${language}; HTTP/1.0 goes on`, async () => {
      const { port } = servers[language] as Running;
      for (const version of ["1.0", "1.1"]) {
        const connection = await raw(port);
        for (const [index, pieces] of LISTS.entries()) {
          connection.write(request(version, pieces, { as: shape }));
          const whole = (text: string): boolean => parseResponses(text).length === index + 1;
          const { headers, body } = parseResponses(await connection.receives(whole))[index] ?? {};
          const expected = pieces.join("");
          assert.equal(headers?.["content-length"], String(expected.length));
          assert.equal(headers?.["transfer-encoding"], undefined);
          assert.equal(body, expected);
        }
        connection.destroy();
      }
    });
  }

  test(`an iterator of blocks has no length, in ${language}`, async () => {
    const connection = await raw((servers[language] as Running).port);
    connection.write(request("1.1", ["bo", "dy"], { as: "iterator" }));
    const text = await connection.receives((seen) => parseResponses(seen).length === 1);
    connection.destroy();
    const [response] = parseResponses(text);
    assert.equal(response?.headers["content-length"], undefined);
    assert.equal(response?.body, "body");
  });

  test(`a Content-Length from the application is kept, and bytes from write() count, in ${language}`, async () => {
    const connection = await raw((servers[language] as Running).port);
    const headers: Order["headers"] = [["Content-Length", "4"]];
    connection.write(request("1.1", ["bo", "dy and more"], { headers }));
    connection.write(request("1.1", ["bo", "dy"], { write: true }));
    const text = await connection.receives((seen) => parseResponses(seen).length === 2);
    connection.destroy();
    assert.deepEqual(
      parseResponses(text).map(({ body }) => body),
      ["body", "body"],
    );
  });
}
