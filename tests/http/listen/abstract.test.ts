import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { promisify } from "node:util";
import { runCommand } from "../../../testing/command.ts";
import { apps, python } from "../../../testing/paths.ts";
import { serve } from "../../../testing/serve.ts";
import { statusOf } from "../../../testing/status.ts";
import { folderWith } from "../../../testing/temp.ts";

const name = `quintet-tést-${process.pid}`;

async function ask(socket = name): Promise<string> {
  const args = ["--silent", "--show-error", "--max-time", "30", "--abstract-unix-socket", socket];
  return (await promisify(execFile)("curl", [...args, "http://localhost/hello"])).stdout;
}

test("an abstract socket is listened on, through reload and upgrade, and leaves no file", async (t) => {
  const cwd = folderWith();
  const server = await serve(t, "basic", {
    cwd,
    args: ["--bind", `unix:@${name}`],
    env: { PYTHONPATH: apps },
  });
  const said = await server.logged(({ msg }) => msg?.startsWith("listening on ") === true);
  assert.ok(said.msg?.includes(`unix:@${name} `), server.output());
  assert.ok((await statusOf(server))?.bind.includes(`unix:@${name}`));
  const first = await ask();
  assert.match(first, /Hello/);
  for (const what of ["reload", "upgrade"]) {
    const { code, stderr } = await runCommand([what, "--pid", String(server.pid)]);
    assert.equal(code, 0, stderr);
    assert.equal(await ask(), first);
  }
  assert.deepEqual(readdirSync(cwd), []);
  // A second server cannot have it.
  const taken = await runCommand(["--python", python, "--bind", `unix:@${name}`, "basic"]);
  assert.equal(taken.code, 3);
  assert.match(
    taken.stderr,
    /QUINTET_BIND: Cannot listen on @.*: another process listens there\. .*ss -lxp/,
  );
  await server.stop();
  await assert.rejects(ask(), /connect/i);
});

test("it works without a master, too", async (t) => {
  const nothing = folderWith();
  const ts = folderWith({
    "wsgi.ts": `export const application = (environ, startResponse) => {
  startResponse("200 OK", []);
  return [Buffer.from("alone")];
};
`,
    "package.json": '{"type": "module"}',
  });
  const server = await serve(t, "wsgi.ts", {
    cwd: ts,
    searchPython: true,
    args: ["--bind", `unix:@${name}-alone`],
    env: { PATH: nothing },
  });
  await server.logged(({ msg }) => msg?.startsWith("this server has no master") === true);
  assert.equal(await ask(`${name}-alone`), "alone");
});

test("options of socket files are refused for an abstract socket, and so is an empty name or one that is too long", async () => {
  const wrong: [string, RegExp][] = [
    [
      "unix:@shop?mode=0660",
      /QUINTET_SETTING: --bind: bind is "unix:@shop\?mode=0660"; it must be unix:@name without \?mode, \?user and \?group: an abstract socket has no file/,
    ],
    ["unix:@shop?group=www-data", /an abstract socket has no file/],
    ["unix:@", /unix:@ and a name of 1 to 107 bytes/],
    [`unix:@${"é".repeat(54)}`, /unix:@ and a name of 1 to 107 bytes/],
  ];
  for (const [address, expected] of wrong) {
    const { code, stderr } = await runCommand(["--python", python, "--bind", address, "basic"]);
    assert.equal(code, 3);
    assert.match(stderr, expected);
  }
});
