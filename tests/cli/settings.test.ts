import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { apps, inCI } from "../../testing/paths.ts";
import { serve } from "../../testing/serve.ts";
import { defaultControlFolder } from "../../src/config/control-folder.ts";
import { runCommand } from "../../testing/command.ts";
import { start, type StartOptions } from "../../testing/server.ts";
import { settingNames, settingsTable } from "../../src/config/settings/table.ts";
import { until } from "../../testing/wait.ts";
import { folderWith } from "../../testing/temp.ts";

const basic = readFileSync(join(apps, "basic.py"), "utf8");
const config = (text: string): string =>
  `import { defineConfig } from "quintet/config";\nexport default defineConfig(${text});\n`;

/** How many threads a worker has been given: the settings' effect, as the start-up lines tell it. */
async function threads(
  folder: string,
  options: StartOptions & { target?: string },
): Promise<number> {
  const server = await start(options.target ?? "basic", { ...options, cwd: folder });
  const line = await server.logged((each) => /worker.* of \d+ thread/.test(each.msg ?? ""));
  assert.equal(await server.stop(), 0);
  return Number(/of (\d+) thread/.exec(line.msg ?? "")?.[1]);
}

test("flag wins over variable, variable over config file, file over wsgi.ts, that over the default", async () => {
  const wsgi = `import { getWsgiApplication } from "quintet/django";
    process.env.DJANGO_SETTINGS_MODULE = "tiny.settings";
    export const application = getWsgiApplication({ project: ${JSON.stringify(join(apps, "site"))}, threads: 2 });`;
  const folder = folderWith({ "wsgi.ts": wsgi });
  const file = folderWith({ "own.config.ts": config("{ threads: 3 }") });
  const env = { QUINTET_THREADS: "4" };
  const named = ["--config", join(file, "own.config.ts")];
  const one = ["--workers", "1"];
  const target = "wsgi.ts";
  const found = await Promise.all([
    threads(apps, { args: one }),
    threads(folder, { args: one, target }),
    threads(folder, { args: [...one, ...named], target }),
    threads(folder, { args: [...one, ...named], target, env }),
    threads(folder, { args: [...one, ...named, "--threads", "5"], target, env }),
  ]);
  assert.deepEqual(found, [1, 2, 3, 4, 5]);
});

test("quintet.config.ts of the folder is used without being named, also with --chdir", async () => {
  const folder = folderWith({
    "basic.py": basic,
    "quintet.config.ts": config("{ threads: 6, workers: 1 }"),
  });
  assert.equal(await threads(folder, {}), 6);
  assert.equal(await threads(apps, { args: ["--chdir", folder] }), 6);
});

test("a misspelt variable is reported, and one that resembles no setting is not", async (t) => {
  const env = {
    QUINTET_WROKERS: "4",
    QUINTET_CONFIG: "other.config.ts",
    QUINTET_PORT: "tcp://10.0.0.1:8000",
  };
  const server = await serve(t, "basic", { env });
  await server.logged(
    ({ msg }) => msg === "QUINTET_CONFIG has no effect. Name the file with --config.",
  );
  const line = await server.logged(({ msg }) => msg?.startsWith("QUINTET_WROKERS") === true);
  assert.equal(line.level, "warn");
  assert.equal(line.code, "QUINTET_SETTING");
  assert.equal(line.msg, "QUINTET_WROKERS has no effect. Did you mean QUINTET_WORKERS?");
  await server.logged((each) => /listening on/.test(each.msg ?? ""));
  assert.doesNotMatch(
    server
      .log()
      .map((each) => each.msg)
      .join("\n"),
    /QUINTET_PORT/,
  );
});

test("a config file may be plain JavaScript or have no defineConfig", async () => {
  const folder = folderWith({
    "basic.py": basic,
    "plain.mjs": "export default { threads: 7, workers: 1 };",
  });
  assert.equal(await threads(folder, { args: ["-c", "plain.mjs"] }), 7);
});

test("the target is searched for in the config file's chdir", async () => {
  const elsewhere = folderWith({ "basic.py": basic });
  const folder = folderWith({
    "quintet.config.ts": config(`{ chdir: ${JSON.stringify(elsewhere)}, threads: 2, workers: 1 }`),
  });
  assert.equal(await threads(folder, {}), 2);
});

test("--env reaches the application, and overrides variables that were set outside", async (t) => {
  const server = await serve(t, "getenv", {
    args: ["--env", "GIVEN=a=b c", "-e", "OUTSIDE=flag"],
    env: { OUTSIDE: "outside", UNTOUCHED: "outside" },
  });
  const url = `${server.url}/?GIVEN,OUTSIDE,UNTOUCHED,QUINTET_WORKER`;
  const expected = { GIVEN: "a=b c", OUTSIDE: "flag", UNTOUCHED: "outside", QUINTET_WORKER: null };
  assert.deepEqual(await (await fetch(url)).json(), expected);
});

test("a server serves with null for every setting that can be null, and env as a record", async (t) => {
  const nullable = settingNames.filter((name) => settingsTable[name].none);
  const nulls = nullable.map((name) => `${name}: null`).join(", ");
  const folder = folderWith({
    "getenv.py": readFileSync(join(apps, "getenv.py"), "utf8"),
    "quintet.config.ts": config(`{ ${nulls}, workers: 1, env: { ONE: "a=b", OTHER: "" } }`),
  });
  const server = await start("getenv", { cwd: folder });
  t.after(() => server.stop());
  const found = await (
    await fetch(`${server.url}/?ONE,OTHER`, { method: "POST", body: "x" })
  ).json();
  assert.deepEqual(found, { ONE: "a=b", OTHER: "" });
  assert.ok(!existsSync(join(defaultControlFolder, `${server.pid}.sock`)));
});

test("a list in a variable is separated by spaces or commas", async (t) => {
  const server = await serve(t, "getenv", { env: { QUINTET_ENV: "A=1,B=2 C=3" } });
  const found = await (await fetch(`${server.url}/?A,B,C`)).json();
  assert.deepEqual(found, { A: "1", B: "2", C: "3" });
});

const wrong: [string, string, RegExp][] = [
  [
    "an unknown key",
    config("{ nonsense: 2 }"),
    /QUINTET_SETTING: .*"nonsense".*\n.*The settings are: bind, fronts/,
  ],
  [
    "a key every object has",
    "export default { constructor: 1 };",
    /QUINTET_SETTING: .*"constructor"/,
  ],
  [
    "a wrong value",
    config("{ workers: 'many' }"),
    /QUINTET_SETTING: own\.config\.ts: workers is "many"/,
  ],
  ["a wrong address", config("{ bind: ['nonsense'] }"), /own\.config\.ts: bind is "nonsense"/],
  [
    "a number as a variable's value",
    config("{ env: { DEBUG: 1 } }"),
    /own\.config\.ts: env is 1; it must be a string for DEBUG/,
  ],
  [
    "a null for a setting that cannot be null",
    config("{ workers: null }"),
    /own\.config\.ts: workers is null; it must be a whole number/,
  ],
  ["nowhere to listen", config("{ bind: [] }"), /own\.config\.ts: bind is \[\]/],
  ["no default export", "export const workers = 2;", /QUINTET_CONFIG: .*no default export/],
  [
    "a throw",
    'throw new Error("no such thing");',
    /QUINTET_CONFIG: .*Error: no such thing[\s\S]*own\.config\.ts:1/,
  ],
  ["a syntax error", "export default { workers: ;", /QUINTET_CONFIG: [\s\S]*own\.config\.ts/],
  ["a missing import", 'import "./not-here.ts";', /QUINTET_CONFIG: .*not-here\.ts/],
  ["process.exit", "process.exit(0);", /QUINTET_CONFIG: .*own\.config\.ts ended its process/],
];
for (const [what, text, expected] of wrong) {
  test(`a config file with ${what} is refused`, async () => {
    const folder = folderWith({ "own.config.ts": text });
    const args = ["--config", join(folder, "own.config.ts"), "basic"];
    const { code, stdout, stderr } = await runCommand(args);
    assert.equal(code, 3, stderr);
    assert.equal(stdout, "");
    assert.match(stderr, expected);
    assert.doesNotMatch(stderr, /node:internal|node-worker.evaluate|load-application/);
  });
}

test("a variable with a wrong value is named", async () => {
  const { code, stderr } = await runCommand(["basic"], { env: { QUINTET_WORKERS: "many" } });
  assert.equal(code, 3);
  assert.match(stderr, /QUINTET_SETTING: QUINTET_WORKERS: workers is "many"/);
});

test("missing files and folders are named", async () => {
  const missing = await runCommand(["--config", "nowhere.ts", "basic"]);
  assert.match(
    missing.stderr,
    /QUINTET_NO_FILE: The file .*tests\/apps\/nowhere\.ts does not exist/,
  );
  const folder = await runCommand(["--chdir", "nowhere", "basic"]);
  assert.match(folder.stderr, /QUINTET_NO_FILE: The folder .*tests\/apps\/nowhere does not exist/);
  const both = folderWith({ "own.config.ts": config("{}") });
  const args = ["--config", join(both, "own.config.ts"), "--chdir", "nowhere", "basic"];
  assert.match(
    (await runCommand(args)).stderr,
    /QUINTET_NO_FILE: The folder .*nowhere does not exist/,
  );
  const file = await runCommand(["nowhere.ts"]);
  assert.match(file.stderr, /QUINTET_NO_FILE: The file .*tests\/apps\/nowhere\.ts does not exist/);
  for (const { code } of [missing, folder, file]) assert.equal(code, 3);
});

test("settings, and the environment they set, may be longer than one variable of it", async (t) => {
  const long = "\u{1f40d}é".repeat(15_000);
  const folder = folderWith({
    "long.py": `import os
def application(environ, start_response):
    start_response("200 OK", [])
    return [repr((os.environ["ONE"] == os.environ["OTHER"], len(os.environ["ONE"]))).encode()]
`,
    "quintet.config.ts": config(`{ env: ["ONE=${long}", "OTHER=${long}"] }`),
  });
  const server = await serve(t, "long", { cwd: folder });
  assert.equal(await (await fetch(server.url)).text(), "(True, 30000)");
});

test("paths start from the folder that --chdir names, for the master as well", async (t) => {
  const folder = folderWith({ "shop/basic.py": basic });
  const paths = ["--log-file", "quintet.log", "--bind", "unix:shop.sock"];
  const args = ["--chdir", "shop", ...paths];
  const server = await serve(t, "basic", { cwd: folder, args, silent: true });
  const file = join(folder, "shop", "quintet.log");
  const log = (): string => (existsSync(file) ? readFileSync(file, "utf8") : "");
  const socket = join(folder, "shop", "shop.sock");
  await until(
    () => log().includes(`listening on ${server.url} and unix:${socket}`),
    "the master's",
  );
  await until(() => /\d workers? of 1 thread/.test(log()), "the front's");
  assert.ok(existsSync(socket));
  assert.equal(await server.stop(), 0);
  assert.deepEqual(readdirSync(folder), ["shop"]);
});

const locales = folderWith();
const latin = ["-i", "de_DE", "-f", "ISO-8859-1", join(locales, "de_DE.ISO-8859-1")];
const without =
  spawnSync("localedef", latin).status === 0 ? false : "no locale is made here (Debian: locales)";
if (without && inCI) throw new Error(without);

test("a folder's name is UTF-8 whatever the locale says", { skip: without }, async (t) => {
  const folder = folderWith({ "müsli ł/basic.py": basic });
  const env = { LOCPATH: locales, LC_ALL: "de_DE.ISO-8859-1" };
  const server = await serve(t, "basic", { cwd: join(folder, "müsli ł"), env });
  assert.equal((await fetch(server.url)).status, 200);
});
