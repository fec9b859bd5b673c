// An application that replaces sys.stdout and sys.stderr starts, serves and exits without errors.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { serve } from "../../testing/serve.ts";
import { folderWith } from "../../testing/temp.ts";

describe("sys.stdout and sys.stderr", { concurrency: 4 }, () => {
  for (const how of ["write only", "none", "closed", "unruly", "deleted"]) {
    for (const args of [["--preload"], ["--no-preload"]]) {
      test(`that are replaced when it is imported: ${how}, ${args[0]}`, async (t) => {
        const notes = join(folderWith(), "notes");
        const server = await serve(t, "replaced", { args, env: { STREAMS: how, NOTES: notes } });
        const pid = await (await fetch(server.url)).text();
        assert.equal((await fetch(`${server.url}/raise`)).status, 500);
        await server.logged(({ detail = "" }) => /ValueError: as it should/.test(detail));
        await server.logged(({ msg }) => msg === "by writelines");
        assert.equal(await server.stop(), 0);
        assert.ok(existsSync(notes));
        assert.equal(readFileSync(notes, "utf8"), `${pid}\n`.repeat(2));
        // Python's logging complains about it at exit.
        if (how === "unruly") return;
        const bad = server
          .log()
          .filter(
            ({ level, msg = "" }) =>
              /ignored|Traceback|killed|died/.test(msg) || /warn/.test(level),
          );
        assert.deepEqual(
          bad.filter(({ detail = "" }) => !/as it should/.test(detail)),
          [],
        );
        assert.doesNotMatch(server.output(), /AttributeError|closed file/);
      });
    }
  }

  for (const args of [["--preload"], ["--no-preload"]]) {
    test(`if the import redirects descriptor 1 to a file, what views print goes there, too: ${args[0]}`, async (t) => {
      const file = join(folderWith(), "out");
      const code = `import os
out = open(${JSON.stringify(file)}, "a")
os.dup2(out.fileno(), 1)
print("import", flush=True)

def application(environ, start_response):
    print("view", flush=True)
    os.system("echo system; echo error >&2")
    start_response("200 OK", [])
    return []
`;
      const server = await serve(t, "app", { args, cwd: folderWith({ "app.py": code }) });
      assert.equal((await fetch(server.url)).status, 200);
      await server.logged(({ msg }) => msg === "error");
      assert.equal(await server.stop(), 0);
      assert.equal(readFileSync(file, "utf8"), "import\nview\nsystem\n");
      assert.ok(!server.log().some(({ msg }) => msg === "view" || msg === "system"));
    });
  }
});
