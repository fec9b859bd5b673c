import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { parseResponses } from "../../../testing/http.ts";
import { site } from "../../../testing/paths.ts";
import { type Running, start } from "../../../testing/server.ts";
import { raw } from "../../../testing/socket.ts";
import { folderWith } from "../../../testing/temp.ts";

// A client that waits for 100 and gets another response may still send the body, or the next request: the server cannot tell
// (RFC 9110, section 10.1.1). So nothing that follows runs, and the connection is closed.

const HIDDEN = "GET /hello?hidden HTTP/1.1\r\nHost: a\r\n\r\n";

/** The server, its response, and the request. */
const cases: [
  server: "basic" | "streamed" | "site",
  status: number,
  line: string,
  fields?: string,
][] = [
  ["basic", 413, "POST /echo", "Content-Length: 2000"],
  ["basic", 503, "POST /echo", "Content-Length: 900"],
  ["basic", 400, "POST /echo", "Host: b"],
  ["basic", 417, "POST /echo", "Expect: wonders"],
  ["basic", 501, "POST /echo", "Transfer-Encoding: gzip, chunked"],
  ["basic", 200, "GET /livez"],
  ["basic", 200, "HEAD /livez"],
  ["basic", 405, "POST /livez"],
  ["basic", 405, "POST /livez", "Transfer-Encoding: chunked"],
  ["streamed", 200, "POST /hello"],
  ["streamed", 404, "POST /nowhere"],
  ["streamed", 404, "POST /nowhere", "Transfer-Encoding: chunked"],
  ["streamed", 404, "HEAD /nowhere"],
  ["streamed", 500, "POST /boom"],
  ["streamed", 502, "POST /die"],
  ["streamed", 504, "POST /sleep?30"],
  ["streamed", 413, "POST /echo", "Content-Length: 2000"],
  ["site", 200, "GET /static/a.txt"],
  ["site", 200, "HEAD /static/a.txt"],
];

describe("an answer without 100 before it", () => {
  const servers: Record<string, Running> = {};
  before(async () => {
    const limits = ["--workers", "2", "--limit-request-body", "1000", "--spool-limit", "800"];
    limits.push("--body-memory", "100");
    const timeout = ["--timeout", "60", "--timeout", "/sleep=0.5"];
    const args = [...limits, ...timeout, "--liveness-path", "/livez"];
    servers.basic = await start("basic", { args });
    servers.streamed = await start("basic", { args: [...args, "--request-buffering", "false"] });
    const folder = folderWith({ "static/a.txt": "text" });
    servers.site = await start("tiny.wsgi", { cwd: site, args, env: { SITE_ROOT: folder } });
  });
  after(async () => {
    for (const each of Object.values(servers)) await each.stop();
  });

  describe("is the last of its connection", { concurrency: 4 }, () => {
    for (const [which, status, line, fields = ""] of cases) {
      for (const next of ["its body", "another request"]) {
        test(`${which}: ${status} to ${line} ${fields}, then ${next}`, async () => {
          const server = servers[which] as Running;
          const length = /Length|Encoding/.test(fields)
            ? ""
            : `Content-Length: ${HIDDEN.length}\r\n`;
          const more = fields === "" ? "" : `${fields}\r\n`;
          const connection = await raw(server.port);
          connection.write(
            `${line} HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n${more}${length}\r\n`,
          );
          const [method = ""] = line.split(" ");
          const isAnswered = (text: string): boolean => parseResponses(text, [method]).length === 1;
          const first = await connection.receives(isAnswered);
          assert.ok(!first.includes("100 Continue"), first);
          const body = fields.includes("chunked")
            ? `${HIDDEN.length.toString(16)}\r\n${HIDDEN}\r\n0\r\n\r\n`
            : HIDDEN;
          connection.write(next === "its body" ? body : HIDDEN.replace("hidden", "hidden-next"));
          const { how, text } = await connection.closed();
          assert.equal(text, first, "nothing comes behind the answer");
          assert.equal(parseResponses(text, [method])[0]?.status, status, text);
          assert.equal(parseResponses(text, [method])[0]?.headers.connection, "close");
          assert.equal(how, "end");
        });
      }
    }
  });

  test("none of those requests was run", async () => {
    for (const server of [servers.basic, servers.streamed] as Running[]) {
      await fetch(`${server.url}/hello?afterwards`);
      await server.logged((line) => line.access?.path === "/hello?afterwards");
      assert.ok(!server.log().some(({ access }) => access?.path.includes("hidden")));
    }
  });
});
