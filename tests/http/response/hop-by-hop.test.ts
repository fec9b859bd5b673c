// Hop-by-hop headers of an application: dropped, with one warning per worker, like other servers. The effect of strictHeaders
// is tested in heads.test.ts.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { getPythonApplication } from "quintet/python";
import { parseResponses, type RawResponse } from "../../../testing/http.ts";
import { type Listening, listen } from "../../../testing/listen.ts";
import { apps, python, root } from "../../../testing/paths.ts";
import { type PythonServer, servePython } from "../../../testing/python-server.ts";
import { type LogLine, type Running, start } from "../../../testing/server.ts";
import { raw } from "../../../testing/socket.ts";

const mounted = getPythonApplication("spoken", {
  project: apps,
  python,
  workers: 1,
  logLevel: "error",
});
const servers: Record<string, Running> = {};
const others: Record<string, PythonServer> = {};
let strict: PythonServer;
let program: Listening;
const ends: (() => Promise<void>)[] = [];
before(async () => {
  const owner = { after: (end: () => Promise<void>) => void ends.push(end) };
  const args = ["--workers", "1"];
  const spokenPy = "from spoken import application\n";
  const env = { PYTHONPATH: [join(root, "python"), apps].join(":") };
  [
    servers.Python,
    servers.TypeScript,
    others["Gunicorn, Python"],
    others["waitress, TypeScript"],
    strict,
  ] = await Promise.all([
    start("spoken", { args }),
    start(join(apps, "ts", "spoken.ts"), { args }),
    servePython(owner, "gunicorn sync", spokenPy, env),
    servePython(owner, "waitress", join(apps, "ts", "spoken.ts")),
    servePython(owner, "waitress", join(apps, "ts", "spoken.ts"), { QUINTET_STRICT_HEADERS: "1" }),
  ]);
  program = await listen(mounted.handler);
});
after(async () => {
  await Promise.all(Object.values(servers).map((server) => server.stop()));
  await Promise.all(ends.map((end) => end()));
  await program.close();
  await mounted.close();
});

const HOPS: [string, string][] = [
  ["Connection", "close"],
  ["keep-alive", "timeout=1"],
  ["Proxy-Authenticate", "Basic"],
  ["Proxy-Authorization", "Basic x"],
  ["TE", "trailers"],
  ["Trailers", "X-Mine"],
  ["Transfer-Encoding", "chunked"],
  ["UPGRADE", "h2c"],
];
const body = JSON.stringify({
  status: "200 OK",
  headers: [["X-Before", "1"], ...HOPS, ["X-After", "2"]],
  pieces: ["bo", "dy"],
});

/** The response. Checks that Quintet answers a second request on the connection, too. */
async function answer(port: number, next: boolean): Promise<RawResponse> {
  const connection = await raw(port);
  const head = `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n`;
  connection.write(`${head}${next ? "" : "Connection: close\r\n"}\r\n${body}`);
  if (next) connection.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  const text = next ? await connection.receives("fine") : (await connection.closed()).text;
  connection.destroy();
  const [first] = parseResponses(text, ["POST", "GET"]);
  return first as RawResponse;
}

/** The response has its body, and only the headers of the server itself. */
function isPlain({ status, headers, body: sent }: RawResponse): void {
  assert.deepEqual([status, sent], [200, "body"]);
  assert.deepEqual([headers["x-before"], headers["x-after"]], ["1", "2"]);
  for (const [name, value] of HOPS) {
    const own = headers[name.toLowerCase()];
    const isServers = own === undefined || name === "Transfer-Encoding" || name === "Connection";
    assert.ok(isServers || own !== value, `${name}: ${own}`);
  }
}

for (const language of ["Python", "TypeScript"] as const) {
  test(`the hop-by-hop headers of an application in ${language} are dropped, with one warning`, async () => {
    const server = servers[language] as Running;
    for (let count = 0; count < 3; count += 1) isPlain(await answer(server.port, true));
    const warns = ({ level, msg }: LogLine): boolean =>
      level === "warn" && msg?.includes("hop-by-hop") === true;
    const { msg, worker, request } = await server.logged(warns);
    assert.match(msg ?? "", /headers Connection, keep-alive, .*UPGRADE are dropped/);
    assert.match(msg ?? "", /strictHeaders/);
    assert.ok(worker && request);
    // The access log of the last request comes after its other lines.
    assert.equal(server.log().filter(warns).length, 1);
    assert.ok(!server.log().some(({ level }) => level === "error"));
  });
}

test("mounted in a program they are dropped as well: by node:http and by fetch", async () => {
  isPlain(await answer(program.port, true));
  const response = await mounted.fetch(new Request("http://a/", { method: "POST", body }));
  assert.deepEqual([response.status, await response.text()], [200, "body"]);
  assert.equal(response.headers.get("connection"), null);
});

test("as Gunicorn does; and a server that would raise is not given those of TypeScript", async () => {
  for (const server of Object.values(others)) isPlain(await answer(server.port, false));
  const { output } = others["waitress, TypeScript"] as PythonServer;
  assert.match(output(), /Connection, keep-alive, .* are dropped/);
  assert.equal((await answer(strict.port, false)).status, 500);
  assert.match(strict.output(), /Connection is a hop-by-hop header/);
});
