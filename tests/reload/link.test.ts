import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { editionFolder } from "../../testing/edition.ts";
import { installed } from "../../testing/installed.ts";
import { command as quintet } from "../../testing/paths.ts";
import { serve } from "../../testing/serve.ts";
import { cleanEnvironment, runCommand } from "../../testing/command.ts";
import { isAlive } from "../../testing/processes.ts";
import { type Running } from "../../testing/server.ts";
import { until } from "../../testing/wait.ts";
import { folderWith } from "../../testing/temp.ts";

/** A deployment of releases, each with its own Quintet, and a link `current` to one of them. */
function deployment(): {
  current: string;
  /** Make a release, and the current one. */
  release(number: number): void;
  remove(number: number): void;
} {
  const folder = folderWith();
  const current = join(folder, "current");
  const pathOf = (number: number): string => join(folder, `release-${number}`);
  return {
    current,
    release(number) {
      cpSync(editionFolder({ "edition_now.py": `NUMBER = ${number}\n` }), pathOf(number), {
        recursive: true,
      });
      const copy = installed();
      copy.becomes(`9.0.${number}`);
      renameSync(copy.folder, join(pathOf(number), "quintet"));
      symlinkSync(pathOf(number), join(folder, "next"));
      renameSync(join(folder, "next"), current);
    },
    remove: (number) => rmSync(pathOf(number), { recursive: true }),
  };
}

const script = join("quintet", "bin", "quintet.js");

async function follows(t: TestContext, how: "shell" | "systemd"): Promise<void> {
  const { current, release, remove } = deployment();
  release(1);
  const command = how === "shell" ? script : join(current, script);
  const PWD = how === "shell" ? current : undefined;
  const server: Running = await serve(t, "edition", { cwd: current, command, env: { PWD } });
  const says = async (): Promise<string> =>
    (await fetch(server.url, { headers: { Connection: "close" } })).text();
  release(2);
  const { stdout, code } = await runCommand(["reload"], { cwd: current });
  assert.equal(code, 0);
  assert.match(stdout, /^generation 2 of edition in \S+ serves/);
  assert.equal(await says(), "2 none");
  release(3);
  const upgraded = await runCommand(["upgrade"], { cwd: current });
  assert.match(upgraded.stdout, /^version 9\.0\.3/);
  assert.equal(await says(), "3 none");
  remove(1);
  const { front } = server;
  process.kill(front, "SIGKILL");
  await until(() => !isAlive(front), "it has ended");
  assert.equal(await says(), "3 none");
}

test("a link to the release is followed where a shell is in it, and the command is there", (t) =>
  follows(t, "shell"));

test("a link to the release is followed where only the command is named by it, as by systemd", (t) =>
  follows(t, "systemd"));

test("a file of touchReload is looked for behind the link", async (t) => {
  const { current, release } = deployment();
  release(1);
  const args = ["--touch-reload", "reload.txt"];
  const server = await serve(t, "edition", { cwd: current, args, env: { PWD: current } });
  release(2);
  writeFileSync(join(current, "reload.txt"), "");
  await server.logged(({ msg = "" }) => msg.startsWith("generation 2 "));
  assert.equal(await (await fetch(server.url)).text(), "2 none");
});

test("a current folder that has been removed is told", () => {
  const remove = 'rmdir "$PWD" && exec "$@"';
  const { status, stderr } = spawnSync("sh", ["-c", remove, "sh", process.execPath, quintet], {
    cwd: folderWith(),
    env: cleanEnvironment(),
    encoding: "utf8",
  });
  assert.equal(status, 3);
  assert.match(stderr, /QUINTET_NO_FILE: The current folder no longer exists\./);
});
