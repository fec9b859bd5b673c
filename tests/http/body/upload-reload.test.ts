import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { apps } from "../../../testing/paths.ts";
import { serve } from "../../../testing/serve.ts";
import { raw } from "../../../testing/socket.ts";
import { untilRequests } from "../../../testing/status.ts";
import { untilUnanswered } from "../../../testing/unanswered.ts";
import { folderWith } from "../../../testing/temp.ts";

const PYTHON = `
import { getPythonApplication } from "quintet/python";
export const application = getPythonApplication("uploads", { project: ${JSON.stringify(apps)} });
`;
const TYPESCRIPT = `
export const application = (environ, startResponse) => {
  const body = environ["wsgi.input"].read();
  startResponse("200 OK", [["Content-Type", "text/plain"]]);
  return [Buffer.from("from TypeScript: "), body];
};
`;

test("a body that waited for a replaced application is never taken for an empty one", async (t) => {
  const folder = folderWith({ "wsgi.ts": PYTHON });
  const own = { cwd: folder, args: ["--request-buffering", "false"] };
  const server = await serve(t, join(folder, "wsgi.ts"), own);
  const head = "HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n";
  const [running, waiting, later] = await Promise.all([1, 2, 3].map(() => raw(server.port)));
  running?.write(`POST /digest ${head}hel`);
  await untilRequests(server, { running: 1 });
  waiting?.write(`POST /digest ${head}hello`);
  await untilUnanswered(server, 2);
  writeFileSync(join(folder, "wsgi.ts"), TYPESCRIPT);
  server.child.kill("SIGHUP");
  await waiting?.receives(/^HTTP\/1\.1 503 /);
  await server.logged((line) => line.msg?.startsWith("requestBuffering has no effect") === true);
  later?.write(`POST / ${head}hello`);
  assert.match((await later?.receives(/hello/)) ?? "", /from TypeScript: /);
  running?.write("lo");
  await running?.receives("5 2cf24dba5fb0a30e");
  for (const each of [running, waiting, later]) each?.destroy();
});
