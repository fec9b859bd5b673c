import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../../testing/paths.ts";
import { serve } from "../../testing/serve.ts";
import { runCommand } from "../../testing/command.ts";
import { folderWith } from "../../testing/temp.ts";
import { flagName } from "../../src/config/settings/setting.ts";
import { settingNames, settingsTable } from "../../src/config/settings/table.ts";

test("--help lists every setting with its default, on lines that fit a terminal", async () => {
  for (const flag of ["--help", "-h"]) {
    const { code, stdout, stderr } = await runCommand([flag]);
    assert.equal(code, 0);
    assert.equal(stderr, "");
    for (const name of settingNames) {
      const { kind, short, byPath, default: otherwise } = settingsTable[name];
      const turnsOff = kind === "switch" && !byPath && otherwise === true;
      const flags = turnsOff ? `--no-${flagName(name)}` : `--${flagName(name)} `;
      assert.ok(stdout.includes(flags), flags);
      assert.doesNotMatch(stdout, new RegExp(`${flags}\\S+[a-z]`), "a space before what it means");
      if (short) assert.ok(stdout.includes(`-${short}, ${flags}`));
    }
    assert.equal(stdout.match(/Default:\s/g)?.length, settingNames.length + 1);
    for (const line of stdout.split("\n")) assert.ok(line.length <= 105, line);
  }
});

test("--help overrides everything else on the command line", async () => {
  const { code, stdout } = await runCommand(["nonsense.ts", "--workers", "2", "--help"]);
  assert.equal(code, 0);
  assert.match(stdout, /^quintet: run Django/);
});

test("--version names Quintet and Node", async () => {
  const { code, stdout } = await runCommand(["--version"]);
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  assert.equal(code, 0);
  assert.equal(stdout, `quintet ${version}, node ${process.versions.node}\n`);
});

test("an unknown flag is QUINTET_USAGE, exit status 2", async () => {
  for (const flag of ["--wrkers", "--no-workers", "-z", "--reloadx=1"]) {
    const { code, stdout, stderr } = await runCommand([flag, "basic"]);
    assert.equal(code, 2, flag);
    assert.equal(stdout, "");
    assert.match(stderr, /^quintet: QUINTET_USAGE: /);
    assert.ok(stderr.includes(flag.split("=")[0] as string), stderr);
    assert.match(stderr, /quintet --help/);
  }
});

test("misspelt flags and commands get a suggestion, unknown ones do not", async () => {
  for (const [word, expected] of [
    ["--wrkers", "Did you mean --workers? See: quintet --help"],
    ["--gracefultimeout", "Did you mean --graceful-timeout? See: quintet --help"],
    ["relod", "Did you mean quintet reload?"],
    ["stauts", "Did you mean quintet status?"],
    ["initt", "Did you mean quintet init?"],
  ] as const) {
    const { code, stderr } = await runCommand([word]);
    assert.equal(code, 2, word);
    assert.ok(stderr.includes(expected), stderr);
  }
  const { code, stderr } = await runCommand(["--nonsense"]);
  assert.equal(code, 2);
  assert.doesNotMatch(stderr, /Did you mean/);
});

test("a module whose name is like a command's is served all the same", async (t) => {
  const folder = folderWith({
    "stats.py": "def application(environ, start_response):\n    raise 1\n",
  });
  await serve(t, "stats", { cwd: folder });
  for (const name of ["elsewhere", "stats:application"]) {
    const { code, stderr } = await runCommand(["--bind", "127.0.0.1:0", name]);
    assert.equal(code, 3, stderr);
    assert.match(stderr, /QUINTET_NO_MODULE/);
  }
});

test("a flag without its value, a switch with one, and a second target are QUINTET_USAGE", async () => {
  for (const [args, expected] of [
    [["--workers"], /--workers/],
    [["--workers", "--threads", "2"], /--workers/],
    [["--static=yes", "basic"], /--static/],
    [["basic", "other"], /Unexpected argument "other"/],
    [["init", "a", "b"], /Unexpected argument "b"/],
    [["oms/wsgi.py"], /Cannot serve "oms\/wsgi\.py"/],
    [["some folder"], /Cannot serve "some folder"/],
  ] as const) {
    const { code, stderr } = await runCommand([...args]);
    assert.equal(code, 2, args.join(" "));
    assert.match(stderr, /QUINTET_USAGE/);
    assert.match(stderr, expected);
    assert.doesNotMatch(stderr, /\n {4}at /);
  }
});

test("the error for an invalid value names the flag, the value and what is expected", async () => {
  for (const [flag, value, right] of [
    ["--workers", "many", /a whole number from 1 to 1024/],
    ["--workers", "0", /a whole number from 1 to 1024/],
    ["--workers", "2.5", /a whole number/],
    ["--workers", "", /a whole number/],
    ["--threads", "1e3", /a whole number from 1 to 1024/],
    ["--timeout", "-1", /seconds from 0 to 86400/],
    ["--timeout", "1m", /seconds/],
    ["--keep-alive", "long", /seconds/],
    ["--body-memory", "64q", /bytes, such as 65536 or 64k/],
    ["--body-memory", "1g", /bytes.* from 0 to 16777216/],
    ["--log-level", "loud", /one of debug, info, warn, error/],
    ["--log-format", "xml", /one of auto, text, json/],
    ["--env", "NAME", /NAME=value/],
    ["--env", "", /NAME=value/],
    ["--env", "=value", /NAME=value/],
  ] as const) {
    const { code, stderr } = await runCommand([`${flag}=${value}`, "basic"]);
    assert.ok(code, flag);
    const named = `QUINTET_SETTING: ${flag}: `;
    assert.ok(stderr.startsWith(`quintet: ${named}`), stderr);
    assert.ok(stderr.includes(JSON.stringify(value)), stderr);
    assert.match(stderr, right);
  }
});
