import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { test } from "node:test";
import { control } from "../../testing/command.ts";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { command, site } from "../../testing/paths.ts";
import { serve } from "../../testing/serve.ts";
import { folderWith } from "../../testing/temp.ts";

const app = `
import json, os, sys
here = os.fsencode(os.path.abspath(__file__)).decode("latin-1")
os.chdir("/")
def application(environ, start_response):
    import beside
    start_response("200 OK", [("Content-Type", "application/json")])
    raw = {name.decode("latin-1"): value.decode("latin-1") for name, value in os.environb.items() if b"RAW" in name}
    facts = {"raw": raw, "here": here, "beside": os.fsencode(beside.__file__).decode("latin-1"), "prefix": sys.prefix}
    return [json.dumps(facts).encode()]
`;

interface Facts {
  raw: Record<string, string>;
  here: string;
  beside: string;
  prefix: string;
}

/** A shell starts the server: what it hands on need not be UTF-8. The folder is called café, in latin-1. */
const shell = (folder: string): string[] => [
  "bash",
  "-c",
  `cd "$0"/caf$'\\xe9' && export RAW=$'caf\\xe9' $'RAW_UTF8=café' && exec env $'RAW_\\xe9=\\xff\\xfe' "$@"`,
  folder,
];

function project(): string {
  const folder = folderWith({ "app.py": app, "beside.py": "" });
  const move = `mkdir "$0"/caf$'\\xe9' && mv "$0"/*.py "$0"/caf$'\\xe9'/`;
  execFileSync("bash", ["-c", move, folder]);
  return folder;
}

const expected = { RAW: "caf\u00e9", RAW_UTF8: "caf\u00c3\u00a9", "RAW_\u00e9": "\u00ff\u00fe" };

for (const [what, ...args] of [
  ["by a zygote"],
  ["each for itself", "--no-preload"],
  ["changed by a setting", "--env", "RAW=set"],
]) {
  test(`variables and a folder that are not UTF-8 reach Python byte for byte: ${what}`, async (t) => {
    const folder = project();
    const server = await serve(t, "app", { by: shell(folder), args });
    const facts = (await (await fetch(server.url)).json()) as Facts;
    assert.deepEqual(facts.raw, args.includes("RAW=set") ? { ...expected, RAW: "set" } : expected);
    assert.equal(facts.here, `${folder}/caf\u00e9/app.py`);
    assert.equal(facts.beside, `${folder}/caf\u00e9/beside.py`);
    if (args.length > 0) return;
    // Also after a reload, which is found by the folder.
    const [program = "", ...before] = shell(folder);
    const env = { ...process.env, QUINTET_CONTROL: control };
    const { stdout, stderr } = spawnSync(
      program,
      [...before, process.execPath, command, "reload"],
      { env, encoding: "utf8" },
    );
    assert.match(stdout, /generation 2 of app in \/tmp\/.*\/caf\uFFFD serves/, stderr);
    const again = (await (await fetch(server.url)).json()) as Facts;
    assert.deepEqual(again, facts);
  });
}

test("static files of a Django project in such a folder are served", async (t) => {
  const folder = folderWith({ "site/static/a.txt": "static" });
  cpSync(site, join(folder, "site"), { recursive: true });
  execFileSync("bash", ["-c", `mv "$0"/site "$0"/caf$'\\xe9'`, folder]);
  const [program = "", flag = "", script = "", ...rest] = shell(folder);
  const by = [
    program,
    flag,
    script.replace("exec env", 'export SITE_ROOT="$PWD" && exec env'),
    ...rest,
  ];
  const server = await serve(t, "tiny.wsgi", { by });
  const answer = await fetch(`${server.url}/static/a.txt`);
  assert.equal(await answer.text(), "static");
  assert.equal((await fetch(server.url)).status, 200);
});
