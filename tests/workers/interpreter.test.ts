import assert from "node:assert/strict";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, test, type TestContext } from "node:test";
import { python } from "../../testing/paths.ts";
import { serve } from "../../testing/serve.ts";
import { runCommand } from "../../testing/command.ts";
import { isAlive } from "../../testing/processes.ts";
import { type Running, type StartOptions } from "../../testing/server.ts";
import { until } from "../../testing/wait.ts";
import { folderWith } from "../../testing/temp.ts";

const app = `
import json, os, sys
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "application/json")])
    facts = {"prefix": sys.prefix, "executable": sys.executable, "wrapped": os.environ.get("WRAPPED")}
    return [json.dumps(facts).encode()]
`;
const venv = dirname(dirname(python));
/** A PATH with nothing of Python in it. */
const bare = folderWith();
for (const tool of ["env", "sh"]) symlinkSync(`/usr/bin/${tool}`, join(bare, tool));

interface Facts {
  prefix: string;
  executable: string;
  wrapped: string | null;
}

/** A folder with the application and the named virtual environments, which are links to those of the tests. */
function folder(...venvs: string[]): string {
  const path = folderWith({ "app.py": app });
  for (const name of venvs) symlinkSync(venv, join(path, name));
  return path;
}

function program(path: string, text: string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  chmodSync(path, 0o755);
  return path;
}

async function facts(
  t: TestContext,
  options: StartOptions,
): Promise<{ server: Running; facts: Facts }> {
  const server = await serve(t, "app", { searchPython: true, ...options });
  return { server, facts: (await (await fetch(server.url)).json()) as Facts };
}

const because = (server: Running, text: string): Promise<unknown> =>
  server.logged((line) => line.msg?.endsWith(`(${text})`) === true);

// Each has its own server, and mostly waits for its start.
describe("the interpreter", { concurrency: 3 }, () => {
  test("--python may be a path, absolute or from the folder the command was given in", async (t) => {
    for (const name of [python, ".venv/bin/python", "./.venv/bin/python"]) {
      const cwd = folder(".venv");
      const { server } = await facts(t, { cwd, args: ["--python", name] });
      await because(server, "the setting python");
    }
    const cwd = folderWith();
    symlinkSync(venv, join(cwd, "mine"));
    await facts(t, { cwd, args: ["--chdir", folder(), "--python", "mine/bin/python"] });
  });

  test("--python may be a command on the path that runs Python as its child", async (t) => {
    const tools = folderWith();
    program(join(tools, "instrument"), '#!/bin/sh\nWRAPPED="$1" exec "$2" "$3"\n');
    const args = ["--python", `instrument "with 'quotes' and spaces" ${python}`];
    const env = { PATH: `${tools}:${bare}` };
    const { facts: found } = await facts(t, { cwd: folder(), args, env });
    assert.equal(found.wrapped, "with 'quotes' and spaces");
  });

  test("--python may set variables with env", async (t) => {
    const env = { PATH: `${dirname(python)}:${bare}` };
    const args = ["--python", "env WRAPPED=1 python"];
    const { facts: found } = await facts(t, { cwd: folder(), args, env });
    assert.equal(found.wrapped, "1");
    assert.equal(found.prefix, venv);
  });

  test("a wrapper command does not keep workers alive, however the front ends", async (t) => {
    const tools = folderWith();
    program(join(tools, "wrapper"), '#!/bin/sh\n"$@"\nexit $?\n');
    const env = { PATH: `${tools}:${bare}` };
    for (const signal of ["SIGTERM", "SIGKILL"] as const) {
      const options = { cwd: folder(), args: ["--python", `wrapper ${python}`], env };
      const { server } = await facts(t, options);
      const line = await server.logged((each) => each.access !== undefined);
      assert.ok(line);
      const wrappers = server.workers();
      assert.equal(wrappers.length, 1);
      server.child.kill(signal);
      await server.ended;
      await until(() => !wrappers.some(isAlive), "the wrapper has ended");
    }
  });

  test("an activated virtual environment comes before one beside the project", async (t) => {
    const other = folderWith();
    mkdirSync(join(other, "bin"));
    program(join(other, "bin", "python"), `#!/bin/sh\nWRAPPED=activated exec ${python} "$@"\n`);
    const env = { VIRTUAL_ENV: other };
    const { server, facts: found } = await facts(t, { cwd: folder(".venv"), env });
    assert.equal(found.wrapped, "activated");
    await because(server, "the activated virtual environment");
  });

  test(".venv beside the project is found, then venv", async (t) => {
    for (const name of [".venv", "venv"]) {
      const cwd = folder(name);
      const { server, facts: found } = await facts(t, { cwd });
      assert.equal(found.prefix, join(cwd, name));
      await because(server, `${name} beside the project`);
      const outside = await facts(t, { args: ["--chdir", cwd] });
      assert.equal(outside.facts.prefix, join(cwd, name));
    }
  });

  test("a VIRTUAL_ENV that has been removed is passed over", async (t) => {
    const { server } = await facts(t, { cwd: folder(".venv"), env: { VIRTUAL_ENV: "/nowhere" } });
    await because(server, ".venv beside the project");
  });

  test("the virtual environment of a named project is found from another folder", async (t) => {
    const path = folder(".venv");
    writeFileSync(
      join(path, "wsgi.ts"),
      `import { getPythonApplication } from "quintet/python"; export const application = getPythonApplication("app:application", { project: ${JSON.stringify(path)} });`,
    );
    const server = await serve(t, join(path, "wsgi.ts"), { searchPython: true, cwd: folderWith() });
    await because(server, ".venv beside the project");
  });

  test("without a virtual environment, python3 on the path is used, then python", async (t) => {
    for (const name of ["python3", "python"]) {
      const tools = folderWith();
      program(join(tools, name), `#!/bin/sh\nWRAPPED=${name} exec ${python} "$@"\n`);
      const env = { PATH: `${tools}:${bare}` };
      const { server, facts: found } = await facts(t, { cwd: folder(), env });
      assert.equal(found.wrapped, name);
      await because(server, `${name} on the path`);
    }
  });

  test("without any Python, the error names all places that were searched", async () => {
    for (const PATH of [bare, ""]) {
      const cwd = folder();
      const env = { PATH, VIRTUAL_ENV: "/gone" };
      const { code, stderr } = await runCommand(["app"], { cwd, env });
      assert.equal(code, 3);
      assert.match(stderr, /^quintet: QUINTET_NO_PYTHON: No Python interpreter was found\./);
      for (const place of [
        "/gone/bin/python",
        `${cwd}/.venv/bin/python`,
        `${cwd}/venv/bin/python`,
      ]) {
        assert.ok(stderr.includes(place), place);
      }
      assert.match(stderr, /python3 on the path/);
      assert.match(stderr, /python3 -m venv \.venv.*--python/);
    }
  });

  test("with an empty PATH, a program in the current folder is not taken for Python", async () => {
    const cwd = folder();
    program(join(cwd, "python3"), "#!/bin/sh\ntouch taken\n");
    const { stderr } = await runCommand(["app"], { cwd, env: { PATH: "" } });
    assert.match(stderr, /QUINTET_NO_PYTHON/);
  });

  test("the error names a --python that does not exist", async () => {
    for (const name of ["/nowhere/python", "no-such-python -X dev", "./app.py", "."]) {
      const { code, stderr } = await runCommand(
        ["--bind", "127.0.0.1:0", "--python", name, "app"],
        {
          cwd: folder(),
        },
      );
      assert.equal(code, 3);
      const program = JSON.stringify(name.split(" ")[0]);
      assert.ok(
        stderr.startsWith(`quintet: QUINTET_NO_PYTHON: The program ${program} does not exist.`),
        stderr,
      );
      assert.ok(stderr.includes(`setting python: ${name}`), stderr);
    }
  });

  test("if --python is not Python, the error shows its output", async () => {
    const cwd = folder();
    const name = program(join(cwd, "broken"), "#!/bin/sh\necho it is all broken >&2\nexit 9\n");
    const { code, stderr } = await runCommand(["--bind", "127.0.0.1:0", "--python", name, "app"], {
      cwd,
    });
    assert.equal(code, 3);
    assert.match(stderr, /QUINTET_PYTHON_FAILED: .*broken.* ended \(exit status 9\) before/);
    assert.match(stderr, /\n {2}it is all broken/);
    const script = program(join(cwd, "no-interpreter"), "#!/no/such/interpreter\n");
    const other = await runCommand(["--bind", "127.0.0.1:0", "--python", script, "app"], { cwd });
    assert.equal(other.code, 3);
    assert.match(other.stderr, /QUINTET_NO_PYTHON: Cannot start .*no-interpreter/);
  });
});
