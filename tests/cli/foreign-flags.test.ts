import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { commands } from "../../src/cli/commands.ts";
import { calledAs } from "../../src/cli/command.ts";
import { usageOf } from "../../src/cli/help.ts";
import { runCommand } from "../../testing/command.ts";
import { folderWith } from "../../testing/temp.ts";

test("a command refuses a flag that is not its own, and says which ones it takes", async () => {
  const takes = "It takes --pid, --control and --chdir.";
  const withPid = commands.filter(({ flags }) => "pid" in flags).map(calledAs);
  assert.ok(withPid.includes("quintet stop"));
  for (const [line, refused, advice] of [
    ["stop --workers 4", "quintet stop does not take --workers", takes],
    ["stop --workers=many", "quintet stop does not take --workers", takes],
    ["reload -w 4", "quintet reload does not take -w", takes],
    ["reload --config other.ts", "quintet reload does not take --config", takes],
    ["upgrade --json", "quintet upgrade does not take --json", takes],
    ["scale 2 --no-access-log", "quintet scale does not take --no-access-log", takes],
    [
      "status --workers 4",
      "quintet status does not take --workers",
      "It takes --json, --pid, --control and --chdir.",
    ],
    ["init --bind :8000", "quintet init does not take --bind", "It takes --python."],
    ["init --chdir shop", "quintet init does not take --chdir", "It takes --python."],
    ["export --python python3", "quintet export does not take --python", "It takes no flags."],
    [
      "--pid 4711 basic",
      "quintet does not take --pid",
      `--pid is a flag of ${withPid.join(", ")}.`,
    ],
    ["--json", "quintet does not take --json", "--json is a flag of quintet status."],
  ] as const) {
    const folder = folderWith({});
    const { code, stdout, stderr } = await runCommand(line.split(" "), { cwd: folder });
    assert.equal(code, 2, line);
    assert.equal(stdout, "", line);
    assert.ok(stderr.startsWith(`quintet: QUINTET_USAGE: ${refused}.\n`), stderr);
    assert.ok(stderr.includes(`  ${advice} See: `), stderr);
    assert.deepEqual(readdirSync(folder), [], "nothing was done");
  }
});

test("each command has a help text of its own, with its flags", async () => {
  for (const command of commands.filter(({ name }) => name !== "")) {
    const { code, stdout } = await runCommand([command.name, "--help"]);
    assert.equal(code, 0);
    assert.ok(stdout.startsWith(`Usage: ${usageOf(command)}\n`), stdout);
    const flags = [...stdout.matchAll(/^ {2}(?:-\w, )?--([\w-]+)/gm)].map(([, flag]) => flag);
    const own = [...Object.keys(command.flags), ...command.settings];
    assert.deepEqual(flags, [...own, "help"], calledAs(command));
  }
});

test("quintet --help lists every command", async () => {
  const { stdout } = await runCommand(["--help"]);
  for (const command of commands) assert.ok(stdout.includes(`  ${usageOf(command)}`), command.name);
});
