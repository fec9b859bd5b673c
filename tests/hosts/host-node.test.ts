// quintet.host: which Node it starts, and where it refuses to.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { apps, python } from "../../testing/paths.ts";
import { hostEnvironment, servePython, wsgiPy } from "../../testing/python-server.ts";
import { until } from "../../testing/wait.ts";
import { folderWith } from "../../testing/temp.ts";

const plain = join(apps, "typescript", "plain.ts");
const basic = join(apps, "ts", "basic.ts");

/** What Python says when it loads a wsgi.ts. */
function load(env: NodeJS.ProcessEnv, file = plain, before = ""): string {
  const cwd = folderWith({ "wsgi.py": before + wsgiPy(file) });
  const code = "import wsgi; print('loaded', type(wsgi.application).__name__)";
  const { stdout, stderr } = spawnSync(python, ["-c", code], {
    cwd,
    env: hostEnvironment(env),
    encoding: "utf8",
  });
  return stdout + stderr;
}

/** A program that says it is this Node. */
function fakeNode(version: string): string {
  const file = join(folderWith({ node: `#!/bin/sh\necho ${version}\n` }), "node");
  chmodSync(file, 0o755);
  return file;
}

test("QUINTET_NODE names the Node to use, otherwise it is node on the path", () => {
  const ours = dirname(process.execPath);
  assert.match(
    load({ QUINTET_NODE: undefined, PATH: `${ours}:/usr/bin:/bin` }),
    /loaded WSGIHandler/,
  );
  assert.match(load({ QUINTET_NODE: process.execPath, PATH: "/nowhere" }), /loaded WSGIHandler/);
  assert.match(load({ QUINTET_NODE: "node", PATH: ours }), /loaded WSGIHandler/);
});

test("a missing Node gives an error that says where it was searched for, and what to do", () => {
  const none = load({ QUINTET_NODE: undefined, PATH: "/nowhere" });
  assert.match(none, /QUINTET_NO_NODE: No node on the PATH: \/nowhere/);
  assert.match(none, /name one for this server with QUINTET_NODE=/);
  assert.match(
    load({ QUINTET_NODE: "/nowhere/node" }),
    /QUINTET_NO_NODE: QUINTET_NODE is '\/nowhere\/node', which is not a program/,
  );
  assert.match(load({ QUINTET_NODE: fakeNode("hello") }), /QUINTET_NO_NODE: .*'hello'/);
});

test("a Node that is too old is an error that says which one it is, and who named it", () => {
  for (const version of ["v20.19.0", "v22.17.1"]) {
    const node = fakeNode(version);
    const message = new RegExp(
      `QUINTET_NODE_TOO_OLD: ${node} \\(from QUINTET_NODE\\) is Node ${version.slice(1)}; .*22\\.18`,
    );
    assert.match(load({ QUINTET_NODE: node }), message);
    assert.match(load({ QUINTET_NODE: undefined, PATH: dirname(node) }), /from the PATH/);
  }
});

test("in mod_wsgi's embedded mode a TypeScript application is refused, and Django is not", () => {
  const embedded =
    "import sys, types\n" +
    "sys.modules['mod_wsgi'] = types.SimpleNamespace(process_group='', version=(6, 1))\n";
  const refused = load({}, basic, embedded);
  assert.match(refused, /QUINTET_EMBEDDED: .*embedded mode/);
  assert.match(refused, /WSGIDaemonProcess/);
  assert.match(load({}, plain, embedded), /loaded WSGIHandler/);
  const daemon = embedded.replace("process_group=''", "process_group='shop'");
  assert.match(load({}, basic, daemon), /loaded TypeScriptApplication/);
});

test("a TypeScript application that no longer loads gives a 503, and is tried again", async (t) => {
  const once =
    'import { existsSync } from "node:fs";\n' +
    'import { validator } from "quintet/validator";\n' +
    'if (existsSync(import.meta.dirname + "/broken")) throw new Error("broken meanwhile");\n' +
    "export const application = validator((_environ, start) => (start('200 OK', []), []));\n";
  const folder = folderWith({ "late.ts": once });
  const text =
    `import os\nfrom quintet.host import load\napplication = load("${folder}/late.ts")\n` +
    `open("${folder}/broken", "w").close()\n`;
  const server = await servePython(t, "waitress", text);
  const response = await fetch(server.url);
  assert.equal(response.status, 503);
  assert.match(await response.text(), /QUINTET_WSGI_FILE/);
  await until(() => server.output().includes("broken meanwhile"), "it is logged");
  rmSync(join(folder, "broken"));
  assert.equal((await fetch(server.url)).status, 200);
});
