import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { parseResponses } from "../../../testing/http.ts";
import { type Running, start } from "../../../testing/server.ts";
import { raw } from "../../../testing/socket.ts";
import { folderWith } from "../../../testing/temp.ts";

// An application that returns a body with a response that has none: a client would take it for the next response.

const EVIL = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil";
const VIEWS = {
  python: `
EVIL = ${JSON.stringify(EVIL)}.encode()

def application(environ, start_response):
    environ["wsgi.input"].read()
    status, way, fields = environ["PATH_INFO"].split("/")[1:]
    headers = []
    if "length" in fields:
        headers.append(("Content-Length", str(len(EVIL) * (2 if way in ("stream", "write") else 1))))
    if "type" in fields:
        headers.append(("Content-Type", "text/plain"))
    write = start_response(status + " Status", headers)
    if way == "list":
        return [EVIL]
    if way == "write":
        write(EVIL)
        return [EVIL]
    return iter([EVIL, EVIL])
`,
  typescript: `
const EVIL = new TextEncoder().encode(${JSON.stringify(EVIL)});

export function application(environ, startResponse) {
  const [status, way, fields] = environ.PATH_INFO.split("/").slice(1);
  const headers = [];
  if (fields.includes("length")) headers.push(["Content-Length", String(EVIL.length * (way === "list" ? 1 : 2))]);
  if (fields.includes("type")) headers.push(["Content-Type", "text/plain"]);
  const write = startResponse(status + " Status", headers);
  if (way === "list") return [EVIL];
  if (way === "write") {
    write(EVIL);
    return [EVIL];
  }
  return (function* () {
    yield EVIL;
    yield EVIL;
  })();
}
`,
};

const folder = folderWith({ "evil.py": VIEWS.python, "evil.ts": VIEWS.typescript });

for (const target of ["evil", "evil.ts"]) {
  describe(target, { concurrency: true }, () => {
    let server: Running;
    before(async () => {
      const args = ["--workers", "1", "--threads", target === "evil" ? "8" : "1"];
      server = await start(target, { cwd: folder, args });
    });
    after(async () => {
      await server.stop();
    });
    for (const way of ["list", "write", "stream"]) {
      for (const fields of ["none", "length", "type", "length-type"]) {
        for (const [method, status] of [
          ["GET", 204],
          ["POST", 204],
          ["GET", 304],
          ["HEAD", 200],
          ["HEAD", 204],
          ["HEAD", 404],
        ] as const) {
          test(`${method}, ${status}, a body by ${way}, fields: ${fields}`, async () => {
            const connection = await raw(server.port);
            const body = method === "POST" ? "Content-Length: 2\r\n\r\nab" : "\r\n";
            connection.write(
              `${method} /${status}/${way}/${fields} HTTP/1.1\r\nHost: a\r\n${body}` +
                `GET /201/list/none HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
            );
            const { text } = await connection.closed();
            const answers = parseResponses(text, [method]);
            assert.deepEqual(
              answers.map((each) => each.status),
              [status, 201],
              text,
            );
            assert.equal(answers[1]?.body, EVIL);
            const headers = answers[0]?.headers ?? {};
            if (method !== "HEAD") assert.equal(headers["transfer-encoding"], undefined);
            // RFC 9110, section 8.6.
            if (status === 204) {
              assert.equal(headers["content-length"], undefined, text);
              assert.equal(headers["transfer-encoding"], undefined, text);
            }
          });
        }
      }
    }
  });
}
