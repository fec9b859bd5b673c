import assert from "node:assert/strict";
import { chmodSync, existsSync, readFileSync, readlinkSync, renameSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { edition } from "../../testing/edition.ts";
import { barrier } from "../../testing/barrier.ts";
import { listeningPorts } from "../../testing/listening-ports.ts";
import { openIn } from "../../testing/open-files.ts";
import { descendants, isAlive } from "../../testing/processes.ts";
import { serve } from "../../testing/serve.ts";
import { runCommand } from "../../testing/command.ts";
import { start } from "../../testing/server.ts";
import { untilRequests } from "../../testing/status.ts";
import { PATIENCE, until } from "../../testing/wait.ts";
import { folderWith } from "../../testing/temp.ts";
import { ofUser } from "../../testing/user.ts";

test("QUIT ends everything at once", async () => {
  const server = await start("basic", { args: ["--graceful-timeout", "200"] });
  const all = descendants(server.pid);
  const hung = fetch(`${server.url}/sleep?100`).then(
    () => "answered",
    () => "cut",
  );
  await untilRequests(server, { running: 1 });
  const began = performance.now();
  process.kill(server.pid, "SIGQUIT");
  assert.equal(await server.ended, 1);
  assert.ok(performance.now() - began < PATIENCE, "it waits for no request");
  assert.equal(await hung, "cut");
  assert.match(server.output(), /SIGQUIT: stopping at once/);
  await until(() => !all.some(isAlive), "nothing is left");
});

const isAt =
  (file: string) =>
  (descriptor: string): boolean => {
    try {
      return readlinkSync(descriptor) === file;
    } catch {
      return false; // closed meanwhile
    }
  };

test("USR1 reopens the log after it has been moved away", async (t) => {
  const folder = folderWith();
  const file = join(folder, "quintet.log");
  const server = await serve(t, "basic", { args: ["--log-file", file], silent: true });
  await until(
    () => existsSync(file) && readFileSync(file, "utf8").includes("listening on"),
    "the log",
  );
  await fetch(`${server.url}/?before`);
  await until(() => readFileSync(file, "utf8").includes("/?before"), "it is logged");
  renameSync(file, `${file}.1`);
  process.kill(server.pid, "SIGUSR1");
  const { front } = server;
  for (const pid of [server.pid, front])
    await until(() => openIn(pid, folder).some(isAt(file)), `${pid} has opened the new file`);
  await fetch(`${server.url}/?after`);
  await until(() => readFileSync(file, "utf8").includes("/?after"), "it is logged there");
  process.kill(front, "SIGKILL"); // the master's own line
  await until(
    () => readFileSync(file, "utf8").includes("died (killed by SIGKILL)"),
    "the master logs there, too",
  );
  assert.doesNotMatch(readFileSync(`${file}.1`, "utf8"), /\?after|died/);
});

test("USR1 never opens Node's inspector", async (t) => {
  const server = await serve(t, "basic");
  const { front } = server;
  process.kill(front, "SIGUSR1");
  process.kill(server.pid, "SIGUSR1");
  // What it does about a signal comes before it answers what is asked later.
  for (let visit = 0; visit < 20; visit += 1) await (await fetch(server.url)).text();
  assert.deepEqual(listeningPorts(front), [server.port]);
  assert.deepEqual(listeningPorts(server.pid), [server.port]);
  // Node also tells that it cannot have its port.
  assert.doesNotMatch(server.output(), /inspector|debugger/i);
});

test("a log file that cannot be written is reported at the start", async () => {
  const command = ["--log-file", "/nowhere/quintet.log", "basic"];
  const { code, stdout, stderr } = await runCommand(command);
  assert.equal(code, 3);
  assert.equal(stdout, "", "that is said once");
  assert.match(
    stderr,
    /QUINTET_LOG_FILE: The log cannot be written to \/nowhere\/quintet\.log: ENOENT/,
  );
});

test("a signal while it boots is not lost", async () => {
  const held = barrier();
  const args = ["--boot-timeout", "200"];
  const cwd = folderWith({ "slow.py": held.python });
  const server = await start("slow", { cwd, args, silent: true });
  await held.untilReached();
  // The barrier stays shut: it does not wait for the import.
  assert.equal(await server.stop(), 0);
});

test("TERM to every process of the server, as from systemd, finishes running requests", async (t) => {
  const { server } = await edition(t, "edition", {}, { args: ["--workers", "2"] });
  const held = barrier();
  const slow = fetch(`${server.url}/wait?${held.path}`);
  await held.untilReached();
  for (const pid of [server.pid, ...descendants(server.pid)]) process.kill(pid, "SIGTERM");
  await server.logged(({ msg }) => msg?.includes("finishing 1 running request") === true);
  held.open();
  assert.equal((await slow).status, 200);
  assert.equal(await server.ended, 0);
});

test("TERM ends it even if its socket file cannot be removed", async () => {
  const folder = folderWith();
  chmodSync(folder, 0o777);
  const bind = ["--bind", `unix:${join(folder, "shop.sock")}`];
  const server = await start("basic", { ...ofUser, args: [...(ofUser.args ?? []), ...bind] });
  chmodSync(folder, 0o555);
  assert.equal(await server.stop(), 0);
});
