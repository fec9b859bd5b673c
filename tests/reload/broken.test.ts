import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { edition } from "../../testing/edition.ts";
import { apps, site } from "../../testing/paths.ts";
import { serve } from "../../testing/serve.ts";
import { runCommand } from "../../testing/command.ts";
import { until } from "../../testing/wait.ts";
import { folderWith } from "../../testing/temp.ts";
import { cpSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const WSGI = `
import { getPythonApplication } from "quintet/python";
export const application = getPythonApplication("edition:application");
`;

/** Code for the top of a wsgi.ts that makes a file, to show that it is being loaded. */
const marks = (file: string): string =>
  `import { writeFileSync } from "node:fs";\nwriteFileSync(${JSON.stringify(file)}, "");\n`;

/** What is written into which file, and what `quintet reload` says of it. */
const broken: [what: string, file: string, text: string, says: RegExp][] = [
  ["a syntax error", "edition_now.py", "NUMBER = = 2\n", /SyntaxError: invalid syntax/],
  [
    "a module that raises",
    "edition_now.py",
    "raise ValueError('at import')\n",
    /ValueError.*at import/,
  ],
  [
    "a missing module",
    "edition_now.py",
    "import no_such_module\n",
    /No module named 'no_such_module'/,
  ],
  [
    "a process that ends",
    "edition_now.py",
    "import os\nos._exit(7)\n",
    /QUINTET_PYTHON_FAILED.*exit status 7/,
  ],
  [
    "a wsgi.ts that throws",
    "wsgi.ts",
    "throw new Error('in wsgi.ts');\n",
    /QUINTET_WSGI_FILE[^]*in wsgi\.ts/,
  ],
  [
    "a wsgi.ts that never ends",
    "wsgi.ts",
    "await new Promise(() => {});\n",
    /awaits a promise that never settles/,
  ],
  [
    "a config file with a wrong value",
    "quintet.config.ts",
    "export default { workers: 'many' };\n",
    /QUINTET_SETTING.*workers is "many"/,
  ],
  [
    "another application that is not there",
    "wsgi.ts",
    WSGI.replace(":application", ":app"),
    /QUINTET_NO_APPLICATION/,
  ],
];

test("if a generation does not boot nothing changes, and both the command and the log say why", async (t) => {
  const original: Record<string, string> = {
    "edition_now.py": "NUMBER = 1\n",
    "wsgi.ts": WSGI,
    "quintet.config.ts": "export default {};\n",
  };
  const { server, says, write, reload } = await edition(t, "wsgi.ts", original);
  const workers = server.workers().toSorted();
  for (const [what, file, text, expected] of broken) {
    await t.test(what, async () => {
      write(file, text);
      const { code, stderr } = await reload();
      assert.equal(code, 3);
      assert.match(stderr, expected);
      assert.match(stderr, /^quintet: QUINTET_\w+: nothing was changed: /);
      const line = await server.logged(
        (each) => each.msg?.includes("nothing was changed") === true,
      );
      assert.equal(line.level, "error");
      assert.equal(await says(), "1 none");
      assert.deepEqual(
        server.workers().toSorted(),
        workers,
        "the same processes go on, and no others",
      );
      write(file, original[file] as string);
    });
  }
  // Once it is right again it is taken.
  write("edition_now.py", "NUMBER = 2222\n");
  assert.equal((await reload()).code, 0);
  assert.equal(await says(), "2222 none");
});

describe(
  "a wsgi.ts that is busy for ever is given up after bootTimeout",
  { concurrency: true },
  () => {
    for (const [first, other] of [
      ["reload", "upgrade"],
      ["upgrade", "reload"],
    ] as const) {
      test(`of ${first}, and ${other}, which waits for that, is done`, async (t) => {
        // Long enough for everything else that is loaded.
        const args = ["--boot-timeout", "6"];
        const { server, folder, write } = await edition(
          t,
          "wsgi.ts",
          { "wsgi.ts": WSGI },
          { args },
        );
        const command = (name: string) => runCommand([name, "--pid", String(server.pid)]);
        const begun = join(folder, "begun");
        write(
          "wsgi.ts",
          `${marks(begun)}Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);\n`,
        );
        const hangs = command(first);
        await until(() => existsSync(begun), "it is being loaded");
        write("wsgi.ts", WSGI);
        const waits = command(other);
        await server.logged(
          ({ msg }) => msg === `quintet ${other}: waits until the ${first} is over`,
        );
        const { code, stderr } = await hangs;
        assert.equal(code, 3);
        assert.match(stderr, /QUINTET_BOOT_TIMEOUT: .*wsgi\.ts was not loaded within 6 s/);
        assert.equal((await waits).code, 0);
      });
    }
  },
);

for (const name of ["reload", "upgrade"]) {
  test(`a server that is stopped while wsgi.ts is loaded for a ${name} ends at once`, async (t) => {
    const args = ["--boot-timeout", "200", "--graceful-timeout", "200"];
    const { server, folder, write } = await edition(t, "wsgi.ts", { "wsgi.ts": WSGI }, { args });
    const begun = join(folder, "begun");
    write("wsgi.ts", `${marks(begun)}setInterval(() => {}, 1000); await new Promise(() => {});\n`);
    const asked = runCommand([name, "--pid", String(server.pid)]);
    await until(() => existsSync(begun), "it is being loaded");
    // It would be killed, and have no exit status, long before bootTimeout or gracefulTimeout is over.
    assert.equal(await server.stop(), 0);
    assert.equal((await asked).code, 3);
  });
}

test("Django settings that cannot be imported change nothing", async (t) => {
  const folder = folderWith();
  cpSync(site, folder, { recursive: true });
  const server = await serve(t, "tiny.wsgi:application", { cwd: folder });
  writeFileSync(join(folder, "tiny", "settings.py"), "1 / 0\n");
  const { code, stderr } = await runCommand(["reload", "--pid", String(server.pid)]);
  assert.equal(code, 3);
  assert.match(stderr, /ZeroDivisionError/);
  assert.equal(await (await fetch(server.url)).text(), "Hello from Django\n");
});

for (const preload of ["--preload", "--no-preload"]) {
  test(`views of Django that do not import are a generation that does not boot, ${preload}`, async (t) => {
    const folder = folderWith({});
    cpSync(join(apps, "shop"), folder, { recursive: true });
    const env = { PYTHONDONTWRITEBYTECODE: "1" };
    const server = await serve(t, "wsgi.ts", { cwd: folder, env, args: [preload] });
    const views = join(folder, "shop", "views.py");
    const original = readFileSync(views, "utf8");
    writeFileSync(views, `${original}\nNUMBER = = 2\n`);
    const { code, stderr } = await runCommand(["reload", "--pid", String(server.pid)]);
    assert.equal(code, 3);
    assert.match(stderr, /QUINTET_DJANGO_FAILED: .*ROOT_URLCONF=shop\.urls.*SyntaxError/);
    assert.match(stderr, /views\.py", line \d+/);
    assert.equal((await fetch(`${server.url}/`)).status, 200, "the old one goes on");
  });
}
