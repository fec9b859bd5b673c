import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { command } from "../../testing/paths.ts";
import { cleanEnvironment, runCommand } from "../../testing/command.ts";
import { isAlive } from "../../testing/processes.ts";
import { until } from "../../testing/wait.ts";
import { folderWith } from "../../testing/temp.ts";

/** Processes that have this path, which no other test has, on their command line; also those that have lost their parent. */
function mentioning(word: string): number[] {
  return readdirSync("/proc")
    .filter((name) => {
      try {
        return /^\d+$/.test(name) && readFileSync(`/proc/${name}/cmdline`, "utf8").includes(word);
      } catch {
        return false;
      }
    })
    .map(Number);
}

async function refused(text: string, others: Record<string, string> = {}): Promise<string> {
  const folder = folderWith({ "wsgi.ts": text, ...others });
  const { code, stdout, stderr } = await runCommand([join(folder, "wsgi.ts")]);
  assert.equal(code, 3, stderr);
  assert.equal(stdout, "");
  assert.doesNotMatch(stderr, /node:internal|node-worker.evaluate|load-application/);
  assert.deepEqual(mentioning(folder), []);
  return stderr;
}

test("a wsgi.ts that throws is shown with its own lines", async () => {
  const stderr = await refused(
    'function configure() {\n  throw new RangeError("no such shop");\n}\nconfigure();\n',
  );
  assert.match(
    stderr,
    /QUINTET_WSGI_FILE: .*wsgi\.ts throws when it is loaded: RangeError: no such shop/,
  );
  assert.match(stderr, /at configure \(.*wsgi\.ts:2:9\)/);
  assert.match(stderr, /wsgi\.ts:4:1/);
});

test("a wsgi.ts that throws something other than an Error is reported", async () => {
  assert.match(await refused('throw "just a text";'), /QUINTET_WSGI_FILE: .*: just a text/);
  assert.match(await refused("throw null;"), /QUINTET_WSGI_FILE: .*: null/);
  assert.match(await refused("await Promise.reject(new Error('rejected'));"), /Error: rejected/);
});

test("a wsgi.ts with a syntax error is shown with its line", async () => {
  const stderr = await refused("const a = 1;\nexport const application = ;\n");
  assert.match(stderr, /QUINTET_WSGI_FILE: /);
  assert.match(stderr, /wsgi\.ts:2/);
  assert.match(stderr, /export const application = ;/);
});

test("a wsgi.ts with TypeScript that Node cannot run gives an error that says so", async () => {
  const stderr = await refused("enum Shop { A }\nexport const application = Shop;\n");
  assert.match(stderr, /QUINTET_WSGI_FILE: .*enum/i);
});

test("the error for a wsgi.ts with a missing import names that import", async () => {
  assert.match(await refused('import "./settings.ts";'), /QUINTET_WSGI_FILE: .*settings\.ts/);
  assert.match(
    await refused('import "quintet/jango";'),
    /QUINTET_WSGI_FILE: .*quintet\/jango|jango/,
  );
});

test("a wsgi.ts that exports nothing, or something else, gives an error that says what to export", async () => {
  const nothing = await refused("const application = () => {};\n");
  assert.match(nothing, /QUINTET_WSGI_EXPORT: .*exports no `application`\. It exports nothing\./);
  assert.match(nothing, /export const application = getWsgiApplication\(\)/);
  const others = await refused("export default 1; export const app = 2;");
  assert.match(others, /It exports: app, default\./);
  for (const [value, what] of [
    ["5", "a number"],
    ["null", "null"],
    ['"oms.wsgi"', "a string"],
    ["{ fetch() {} }", "a object|an object"],
  ]) {
    const stderr = await refused(`export const application: unknown = ${value};`);
    assert.match(stderr, new RegExp(`QUINTET_WSGI_EXPORT: .*is (${what}), not`));
  }
});

test("a wsgi.ts that ends the process is reported", async () => {
  assert.match(
    await refused("process.exit(0);"),
    /QUINTET_WSGI_FILE: .*ended its process \(exit status 0\)/,
  );
  assert.match(await refused("process.exit(7);"), /exit status 7/);
  assert.match(await refused('process.kill(process.pid, "SIGKILL");'), /SIGKILL/);
  assert.match(
    await refused("await new Promise(() => {});"),
    /QUINTET_WSGI_FILE: .*awaits a promise that never settles/,
  );
});

test("options of getWsgiApplication() that cannot be are named", async () => {
  const get = (options: string): string =>
    `import { getWsgiApplication } from "quintet/django"; export const application = getWsgiApplication(${options});`;
  assert.match(
    await refused(get("{ workers: 'many' }")),
    /QUINTET_SETTING: wsgi\.ts: workers is "many"/,
  );
  assert.match(
    await refused(get("{ wrokers: 2 } as {}")),
    /QUINTET_SETTING: wsgi\.ts: there is no setting "wrokers"\.\s+Did you mean workers\?/,
  );
});

for (const text of ["for (;;) {}", "setInterval(() => {}, 1000); await new Promise(() => {});"]) {
  test(`a wsgi.ts that never ends ends with the command: ${text}`, async () => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      const folder = folderWith({ "wsgi.ts": `console.log("begun");\n${text}` });
      const args = [command, join(folder, "wsgi.ts")];
      const child = spawn(process.execPath, args, {
        env: cleanEnvironment(),
        stdio: ["ignore", "pipe", "ignore"],
      });
      let stdout = "";
      child.stdout.on("data", (chunk) => (stdout += chunk));
      await until(() => stdout.includes("begun"), "the file is being loaded");
      const processes = mentioning(folder);
      assert.equal(processes.length, 2);
      child.kill(signal);
      await until(() => !processes.some(isAlive), "both have ended");
    }
  });
}

test("a wsgi.ts or a config file that never ends has bootTimeout to do so", async () => {
  const forever = "setInterval(() => {}, 1000); await new Promise(() => {});\n";
  const config = { "quintet.config.ts": forever };
  const refuses = async (files: Record<string, string>): Promise<void> => {
    const [name] = Object.keys(files);
    const args = ["--boot-timeout", "0.5", "wsgi.ts"];
    const folder = folderWith({ "wsgi.ts": "", ...files });
    const { code, stderr } = await runCommand(args, { cwd: folder });
    assert.equal(code, 3);
    const message = new RegExp(`QUINTET_BOOT_TIMEOUT: .*${name} was not loaded within 0\\.5 s`);
    assert.match(stderr, message);
    assert.deepEqual(mentioning(folder), []);
  };
  const all = [{ "wsgi.ts": "for (;;) {}\n" }, { "wsgi.ts": forever }, config];
  await Promise.all(all.map(refuses));
});

test("things that a wsgi.ts leaves open do not delay the server, and its output is shown", async () => {
  const stderr = await refused(
    'setInterval(() => {}, 1000); console.error("printed by wsgi.ts"); export const a = 1;',
  );
  assert.match(stderr, /printed by wsgi\.ts/);
});

test("a wsgi.ts in a CommonJS package, as made by npm init, gives an error that says what to change", async () => {
  const packageJson = { "package.json": '{"type": "commonjs"}' };
  const text = 'import { getWsgiApplication } from "quintet/django";\n';
  const advice = /"type": "commonjs", .* make that "module"/;
  assert.match(await refused(text, packageJson), advice);
  assert.match(await refused("export const application = 1;\n", packageJson), advice);
  assert.doesNotMatch(await refused("throw new Error('own');\n", packageJson), advice);
});

test("a wsgi.ts that writes to Quintet's descriptor gives an error that says so", async () => {
  const says = /QUINTET_WSGI_FILE: .*wsgi\.ts wrote to file descriptor 3/;
  const exported = "export const application = () => [];";
  for (const write of [
    'writeSync(3, "debug");',
    'writeSync(3, "null"); process.exit();',
    'writeSync(3, "{\\"ok\\": true}"); process.exit();',
    'writeSync(3, "{\\"ok\\": false, \\"code\\": 5}"); process.exit();',
    'writeSync(3, "{\\"ok\\": true, \\"config\\": null, \\"target\\": {}}"); process.exit();',
    "for (;;) writeSync(3, Buffer.alloc(60_000, 32));",
  ]) {
    const stderr = await refused(`import { writeSync } from "node:fs";\n${write}\n${exported}\n`);
    assert.match(stderr, says, write);
  }
});
