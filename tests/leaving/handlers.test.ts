// A handler of SIGTERM that an import sets. Gunicorn sends that signal to end a worker.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { barrier } from "../../testing/barrier.ts";
import { descendants } from "../../testing/processes.ts";
import { serve } from "../../testing/serve.ts";
import { folderWith } from "../../testing/temp.ts";

const code = `import os, signal, sys, tempfile, time

folder = tempfile.TemporaryDirectory()
notes = os.path.join(os.path.dirname(os.path.abspath(__file__)), "notes")


def ended(number, frame):
    with open(notes, "a") as file:
        file.write("%d in %d\\n" % (number, os.getpid()))
    sys.exit(0)


signal.signal(signal.SIGTERM, ended)


def application(environ, start_response):
    path = environ["QUERY_STRING"]
    if path:
        open(path + ".reached", "w").write("%d\\n" % os.getpid())
        while not os.path.exists(path):
            time.sleep(0.01)
    answer = "%d %s" % (os.getpid(), os.path.isdir(folder.name))
    start_response("200 OK", [])
    return [answer.encode()]
`;

function notes(folder: string): string[] {
  const path = join(folder, "notes");
  return existsSync(path) ? readFileSync(path, "utf8").trim().split("\n") : [];
}

const text = async (url: string): Promise<string> => (await fetch(url)).text();

describe("the application's own handler of SIGTERM", { concurrency: 3 }, () => {
  for (const args of [["--threads", "1"], ["--threads", "2"], ["--no-preload"]])
    test(`is called when its worker ends, and cuts no request if all processes get the signal: ${args.join(" ")}`, async (t) => {
      const cwd = folderWith({ "app.py": code });
      const server = await serve(t, "app", { cwd, args });
      const held = barrier();
      const answer = text(`${server.url}?${held.path}`);
      await held.untilReached();
      const [pid = 0] = held.reached();
      for (const each of descendants(server.pid)) process.kill(each, "SIGTERM");
      process.kill(server.pid, "SIGTERM");
      await server.logged(({ msg = "" }) => msg.startsWith("SIGTERM: finishing 1 running"));
      held.open();
      assert.equal(await answer, `${pid} True`);
      assert.equal(await server.ended, 0);
      assert.deepEqual(notes(cwd), [`15 in ${pid}`]);
      assert.ok(!server.log().some(({ level }) => level === "error"));
    });
});
