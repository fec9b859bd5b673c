import assert from "node:assert/strict";
import { test } from "node:test";
import { getPythonApplication } from "quintet/python";
import { parseResponses } from "../../../testing/http.ts";
import { listen } from "../../../testing/listen.ts";
import { python } from "../../../testing/paths.ts";
import { serve } from "../../../testing/serve.ts";
import { raw } from "../../../testing/socket.ts";
import { folderWith } from "../../../testing/temp.ts";

const app = `
import json
from wsgiref.validate import validator

@validator
def application(environ, start_response):
    names = ("REQUEST_METHOD", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING", "REQUEST_URI", "HTTP_HOST")
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps([environ.get(name) for name in names]).encode()]
`;

test("OPTIONS * reaches an application that is validated, with an empty path", async (t) => {
  const server = await serve(t, "asterisk", { cwd: folderWith({ "asterisk.py": app }) });
  const connection = await raw(server.port);
  const ask = (line: string): void => connection.write(`${line} HTTP/1.1\r\nHost: a\r\n\r\n`);
  ask("OPTIONS *");
  ask("OPTIONS /*?a");
  ask("OPTIONS http://b");
  ask("HEAD *");
  const { text } = await connection.closed();
  const answers = parseResponses(text, ["", "", "", "HEAD"]);
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200, 200, 400],
  );
  assert.deepEqual(
    answers.slice(0, 3).map(({ body }) => JSON.parse(body)),
    [
      ["OPTIONS", "", "", "", "*", "a"],
      ["OPTIONS", "", "/*", "a", "/*?a", "a"],
      ["OPTIONS", "", "/", "", "http://b", "b"],
    ],
  );
});

test("so it does through a program's own server", async (t) => {
  const project = folderWith({ "asterisk.py": app });
  const options = { project, python, workers: 1, logLevel: "error" } as const;
  const application = getPythonApplication("asterisk:application", options);
  const server = await listen(application.handler);
  t.after(async () => {
    await application.close();
    await server.close();
  });
  const connection = await raw(server.port);
  connection.write("OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  const [answer] = parseResponses((await connection.closed()).text);
  assert.deepEqual(JSON.parse(answer?.body ?? ""), ["OPTIONS", "", "", "", "*", "a"]);
});
