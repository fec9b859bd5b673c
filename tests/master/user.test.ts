// The settings user and group: bound, opened and read by root, served by somebody else.
import assert from "node:assert/strict";
import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync, mkdtempSync } from "node:fs";
import { readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { createServer } from "node:net";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { runCommand } from "../../testing/command.ts";
import { apps, inCI } from "../../testing/paths.ts";
import { descendants, frontsOf, isAlive } from "../../testing/processes.ts";
import { serve } from "../../testing/serve.ts";
import type { StartOptions } from "../../testing/server.ts";
import { folderWith } from "../../testing/temp.ts";
import { until } from "../../testing/wait.ts";

/** Why these tests are to be skipped; false where they are not, as always in CI. */
const skip: false | string =
  process.getuid?.() === 0 ? false : "only root can become another user: run as root";
if (skip && inCI) throw new Error(skip);

/** There on every system. */
const USER = "nobody";
const entry = (): string[] =>
  readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .find((line) => line.startsWith(`${USER}:`))
    ?.split(":") ?? [];
const [, , uid, gid, , home] = entry();
const daemon = /^daemon:[^:]*:(\d+)/m.exec(readFileSync("/etc/group", "utf8"))?.[1];

/** It may not reach the tests' own Python. */
const systemPython = ["--python", "/usr/bin/python3"];
const options = (more: StartOptions): StartOptions => ({
  searchPython: true,
  silent: true,
  ...more,
  args: [...systemPython, "--user", USER, ...(more.args ?? [])],
});

/** A folder that others may enter, and only root may write to. */
function rootsFolder(files: Record<string, string> = {}): string {
  const folder = folderWith(files);
  chmodSync(folder, 0o755);
  return folder;
}

/** In /var, where root alone writes all the way up: nobody else can change where a path leads to. */
function rootsOwn(t: TestContext): string {
  const own = mkdtempSync("/var/lib/quintet-test-");
  t.after(() => rmSync(own, { recursive: true }));
  chmodSync(own, 0o755);
  return own;
}

/** One below 1024 that nobody has. */
async function privilegedPort(): Promise<number> {
  for (let port = 1023; port > 600; port -= 1) {
    const server = createServer();
    const free = await new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false));
      server.listen(port, "127.0.0.1", () => resolve(true));
    });
    await new Promise((resolve) => server.close(resolve));
    if (free) return port;
  }
  throw new Error("no port below 1024 is free");
}

function statusLine(pid: number, name: string): string {
  const found = new RegExp(`^${name}:\\s*(.*)$`, "m").exec(
    readFileSync(`/proc/${pid}/status`, "utf8"),
  );
  return found?.[1]?.trim().replaceAll("\t", " ") ?? "";
}

/** No process of a server is root, or can be. */
function isNobodys(pid: number): void {
  const all = [pid, ...descendants(pid)].filter(isAlive);
  assert.ok(all.length >= 4, "master, front, zygote, worker");
  for (const each of all) {
    for (const [name, id] of [
      ["Uid", uid],
      ["Gid", gid],
    ] as const)
      assert.equal(statusLine(each, name), Array(4).fill(id).join(" "), name);
    assert.ok(!statusLine(each, "Groups").split(" ").includes("0"), "it keeps no group of root's");
    for (const name of ["CapInh", "CapPrm", "CapEff", "CapAmb"])
      assert.equal(BigInt(`0x${statusLine(each, name)}`), 0n, name);
  }
}

function ask(to: object, body = ""): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const asked = request({ ...to, path: "/hello", method: body ? "POST" : "GET" }, (response) => {
      response.resume().on("end", () => resolve(response.statusCode));
    });
    asked.on("error", reject).end(body);
  });
}

test(
  "a port below 1024, a log and a socket that only root can have are served by another user, through whatever happens",
  { skip },
  async (t) => {
    const own = rootsOwn(t);
    const [port, file] = [await privilegedPort(), join(own, "quintet.log")];
    const [control, path] = [join(own, "control"), join(own, "quintet.sock")];
    const temp = folderWith();
    chownSync(temp, Number(uid), Number(gid));
    const bind = ["--bind", `127.0.0.1:${port}`, "--bind", `unix:${path}?mode=0600`];
    const server = await serve(
      t,
      "basic",
      options({ args: [...bind, "--log-file", file, "--control", control, "--temp-dir", temp] }),
    );
    const logged = (text: string | RegExp, count = 1): Promise<void> =>
      until(
        () => existsSync(file) && readFileSync(file, "utf8").split(text).length > count,
        `${count} × ${text}`,
      );
    await logged("listening on");
    const asUser = async (...args: string[]): Promise<void> => {
      const by = { uid: Number(uid), gid: Number(gid) };
      const { code, stderr } = await runCommand([...args, "--control", control], by);
      assert.equal(code, 0, stderr);
    };
    const isGood = async (): Promise<void> => {
      assert.equal(await ask({ port }), 200);
      assert.equal(await ask({ socketPath: path }), 200);
      assert.equal(await ask({ port }, "x".repeat(1024 * 1024)), 200, "its body is spooled");
      isNobodys(server.pid);
    };
    await isGood();
    const socket = lstatSync(path);
    assert.equal(socket.mode & 0o777, 0o600);
    assert.deepEqual([socket.uid, socket.gid], [Number(uid), Number(gid)]);
    const folder = lstatSync(control);
    assert.deepEqual([folder.uid, folder.mode & 0o777], [Number(uid), 0o700]);
    const environ = readFileSync(`/proc/${server.front}/environ`, "utf8").split("\0");
    assert.ok(
      environ.includes(`HOME=${home}`) && environ.includes(`USER=${USER}`),
      "as a login has it",
    );

    await asUser("status");
    await asUser("reload");
    await isGood();
    const [before] = frontsOf(server.pid);
    await asUser("upgrade");
    await until(() => !isAlive(before as number), "the front before has left");
    await isGood();
    process.kill(server.front, "SIGKILL");
    await logged(" died (killed by SIGKILL)");
    await logged(/front \d+ serves, /);
    await isGood();

    // As logrotate does it, with `create`.
    renameSync(file, `${file}.1`);
    writeFileSync(file, "");
    chownSync(file, Number(uid), Number(gid));
    process.kill(server.pid, "SIGUSR1");
    await until(async () => {
      await isGood();
      return readFileSync(file, "utf8").includes('"path":"/hello"');
    }, "the new file has it");
    assert.equal(await server.stop(), 0);
  },
);

test(
  "a log that nobody else can open anew goes on in the file that is open",
  { skip },
  async (t) => {
    const file = join(rootsFolder(), "quintet.log");
    const server = await serve(t, "basic", options({ args: ["--log-file", file] }));
    await until(
      () => existsSync(file) && readFileSync(file, "utf8").includes("listening on"),
      "it serves",
    );
    renameSync(file, `${file}.1`);
    process.kill(server.pid, "SIGUSR1");
    const moved = (): string => readFileSync(`${file}.1`, "utf8");
    await until(() => moved().includes("the log cannot be opened again"), "the master says so");
    assert.equal((await fetch(server.url)).status, 200);
    await until(() => moved().includes('"access"'), "the front goes on there");
  },
);

test(
  "what is the project's is loaded by that user: config file, wsgi.ts, workers",
  { skip },
  async (t) => {
    const note = (name: string): string =>
      `import { appendFileSync } from "node:fs";\n` +
      `appendFileSync(new URL("seen", import.meta.url), \`${name} \${process.getuid()} \${process.getgroups()}\\n\`);\n`;
    const folder = rootsFolder({
      "package.json": '{ "type": "module" }',
      "quintet.config.ts": `${note("config")}export default { workers: 1 };`,
      "wsgi.ts": `${note("wsgi")}export const application = (_environ: object, start: Function) => { start("200 OK", []); return []; };`,
      seen: "",
    });
    chmodSync(join(folder, "seen"), 0o666);
    const server = await serve(
      t,
      "wsgi.ts",
      options({ cwd: folder, silent: false, args: ["--group", "daemon"] }),
    );
    assert.equal((await fetch(server.url)).status, 200);
    const seen = readFileSync(join(folder, "seen"), "utf8").trim().split("\n");
    assert.ok(seen.some((line) => line.startsWith("config ")) && seen.length >= 3, String(seen));
    for (const line of seen) assert.match(line, new RegExp(`^\\w+ ${uid} ${daemon}$`));
  },
);

/** Where it gives up; nothing has listened. */
async function refused(
  args: string[],
  more: { cwd?: string; uid?: number; env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  const result = await runCommand(
    [...systemPython, "--bind", "127.0.0.1:0", ...args, "basic"],
    more,
  );
  assert.notEqual(result.code, 0);
  assert.doesNotMatch(result.stdout, /listening on/);
  return result.stderr;
}

test("an impossible user or group gives an error that says why", { skip }, async () => {
  const error = "QUINTET_USER: The server cannot change its user: ";
  assert.ok(
    (await refused(["--user", "no-such-user"])).includes(`${error}there is no user 'no-such-user'`),
  );
  assert.ok(
    (await refused(["--user", "4242424"])).includes(
      `${error}there is no user '4242424' with that number; give its group, too`,
    ),
  );
  const group = await refused(["--user", USER, "--group", "no-such-group"]);
  assert.ok(group.includes(`${error}there is no group 'no-such-group'`), group);
  assert.match(
    await refused(["--group", "daemon"]),
    /QUINTET_SETTING: group is "daemon", but user is not set/,
  );
  const closed = folderWith({ "basic.py": "" });
  assert.match(
    await refused(["--user", USER], { cwd: closed }),
    /QUINTET_USER: .* nobody may not enter /,
  );
  const temp = await refused(["--user", USER, "--temp-dir", rootsFolder()]);
  assert.match(temp, /QUINTET_USER: .* nobody may not write to .* \(tempDir\)/);
  const missing = join(rootsFolder(), "none");
  const log = await refused(["--user", USER, "--log-file", join(missing, "q.log")]);
  assert.match(log, /QUINTET_LOG_FILE: .* no such file/);
  const socket = await refused(["--user", USER, "--bind", `unix:${join(missing, "q.sock")}`]);
  assert.match(socket, /QUINTET_BIND: .* the folder does not exist/);
  const ts = ["--user", "no-such-user", join(apps, "ts", "basic.ts")];
  const { stderr } = await runCommand(ts);
  assert.match(stderr, /QUINTET_USER: The server cannot change its user: .*no-such-user/);
});

test("a user who is not root cannot switch to another user", { skip }, async () => {
  const told = await refused(["--user", "daemon"], { uid: Number(uid) });
  assert.match(told, /QUINTET_USER: .* only root can become daemon\. Start it as root/);
});

test("without Python there is no master, so the server cannot switch users", { skip }, async () => {
  const env = { PATH: "/nonexistent" };
  const file = join(apps, "ts", "basic.ts");
  for (const args of [
    ["--user", USER],
    ["--bind", `unix:${join(folderWith(), "q.sock")}?group=daemon`],
  ]) {
    const { code, stderr } = await runCommand([...args, file], { env });
    assert.equal(code, 3);
    assert.match(stderr, /QUINTET_USER: Switching to another user or group requires a master/);
  }
});

test(
  "root opens no log where another user could have put something in the way",
  { skip },
  async (t) => {
    const secret = join(rootsOwn(t), "secret");
    writeFileSync(secret, "precious", { mode: 0o600 });
    const folder = rootsFolder();
    mkdirSync(join(folder, "log"));
    chownSync(join(folder, "log"), Number(uid), Number(gid));
    const file = join(folder, "log", "quintet.log");
    symlinkSync(secret, file);
    assert.match(
      await refused(["--user", USER, "--log-file", file]),
      /QUINTET_LOG_FILE: .* permission denied/,
    );
    assert.equal(readFileSync(secret, "utf8"), "precious");
    assert.equal(lstatSync(secret).uid, 0);
  },
);

test(
  "a unix socket has the mode, the user and the group that its address says",
  { skip },
  async (t) => {
    const folder = folderWith();
    const paths = ["a", "b", "c"].map((name) => join(folder, name));
    const bind = [
      `unix:${paths[0]}?mode=0660&group=${gid}`,
      `unix:${paths[1]}?user=${USER}&mode=600`,
      `unix:${paths[2]}`,
    ];
    await serve(t, "basic", { args: bind.flatMap((each) => ["--bind", each]) });
    const facts = paths.map((path) => {
      const { mode, uid, gid } = lstatSync(path);
      return [mode & 0o777, uid, gid];
    });
    assert.deepEqual(facts, [
      [0o660, 0, Number(gid)],
      [0o600, Number(uid), 0],
      [0o666, 0, 0],
    ]);
    assert.equal(await ask({ socketPath: paths[0] }), 200);
  },
);

test(
  "root makes a unix socket as the user where that user could put something in the way",
  { skip },
  async (t) => {
    const folder = rootsFolder();
    const [own, victims] = [join(folder, "own"), join(folder, "victims")];
    mkdirSync(own);
    mkdirSync(victims);
    chownSync(own, Number(uid), Number(gid));
    const path = join(own, "q.sock");
    await serve(
      t,
      "basic",
      options({ args: ["--bind", `unix:${path}?mode=0660&group=daemon`], silent: false }),
    );
    assert.deepEqual([lstatSync(path).uid, lstatSync(path).gid], [Number(uid), Number(daemon)]);
    assert.equal(await ask({ socketPath: path }), 200);
    // A folder that only leads to where root alone may write.
    symlinkSync(victims, join(own, "link"));
    const told = await refused(["--user", USER, "--bind", `unix:${join(own, "link", "q.sock")}`]);
    assert.match(told, /QUINTET_BIND: .*this user may not write to the folder/);
    assert.ok(!existsSync(join(victims, "q.sock")));
  },
);

test("also of a server without a master", async (t) => {
  const path = join(folderWith(), "quintet.sock");
  const args = ["--bind", `unix:${path}?mode=0640`];
  const env = { PATH: "/nonexistent" };
  await serve(t, join(apps, "ts", "basic.ts"), { searchPython: true, env, args });
  assert.equal(lstatSync(path).mode & 0o777, 0o640);
});

test("an address with an unknown option, mode or group is refused", { skip }, async () => {
  for (const wrong of ["?mode=999", "?mode=", "?mask=022", "?mode=0660?group=a", "?"])
    assert.match(
      (await runCommand(["--bind", `unix:/tmp/x${wrong}`, "basic"])).stderr,
      /QUINTET_SETTING: --bind: /,
    );
  const path = join(folderWith(), "x.sock");
  const { stderr } = await runCommand([
    ...systemPython,
    "--bind",
    `unix:${path}?group=no-such-group`,
    "basic",
  ]);
  assert.match(stderr, /QUINTET_BIND: .*x\.sock: there is no group 'no-such-group'/);
  assert.ok(!existsSync(path));
});
