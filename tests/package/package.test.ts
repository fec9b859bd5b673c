// What is published: built, packed, installed in a project of its own, and run there by the oldest Node it supports.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { apps, oms, python, root } from "../../testing/paths.ts";
import { cleanEnvironment } from "../../testing/command.ts";
import { freePort } from "../../testing/ports.ts";

const OLDEST_NODE = "22.18.0";

let project: string;
let packed: string;
before(
  () => {
    const npm = (args: string[], cwd: string): string =>
      execFileSync("npm", args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
    project = mkdtempSync(join(tmpdir(), "quintet-package-"));
    npm(["run", "build", "--silent"], root);
    packed = join(
      project,
      npm(["pack", "--silent", "--ignore-scripts", "--pack-destination", project], root).trim(),
    );
    writeFileSync(
      join(project, "package.json"),
      JSON.stringify({ name: "shop", private: true, type: "module" }),
    );
    npm(["install", "--no-audit", "--no-fund", "--silent", packed, `node@${OLDEST_NODE}`], project);
    for (const name of [
      "manage.py",
      "oms",
      "catalog",
      "customers",
      "orders",
      "templates",
      "static",
      "wsgi.ts",
    ]) {
      cpSync(join(oms, name), join(project, name), { recursive: true });
    }
  },
  { timeout: 240_000 },
);
after(() => rmSync(project, { recursive: true, force: true }));

const node = (): string => join(project, "node_modules", "node", "bin", "node");

test("the package says nothing false about itself", () => {
  execFileSync(join(root, "node_modules", ".bin", "publint"), ["run", packed, "--strict"], {
    stdio: "pipe",
  });
});

test("it has no tests, no examples and no native code in it", () => {
  const names = execFileSync("tar", ["-tzf", packed], { encoding: "utf8" }).split("\n");
  assert.deepEqual(
    names.filter((name) => /\.(node|so|pyc|test\.ts)$|examples|tests/.test(name)),
    [],
  );
  assert.ok(names.includes("package/python/quintet/worker.py"));
  assert.ok(names.includes("package/dist/django.d.ts"));
});

test("the installed command serves Django, a bare function and TypeScript on the oldest Node", async () => {
  const command = join(project, "node_modules", "quintet", "bin", "quintet.js");
  const version = execFileSync(node(), [command, "--version"], { encoding: "utf8" });
  assert.match(version, new RegExp(`node ${OLDEST_NODE}`));
  for (const [target, cwd, path, expected] of [
    ["wsgi.ts", project, "/accounts/login/", "login"],
    ["basic", apps, "/", "Hello, world!"],
    ["ts/basic.ts", apps, "/", "Hello from TypeScript!"],
    ["ts/around.ts", apps, "/py/", "Hello, world!"],
  ] as const) {
    const port = await freePort();
    const env = cleanEnvironment({ DATABASE_URL: "sqlite://:memory:" });
    const child = spawn(
      node(),
      [command, "--bind", `127.0.0.1:${port}`, "--python", python, target],
      {
        cwd,
        env,
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    try {
      await new Promise<void>((resolve, reject) => {
        child.stdout.on("data", (chunk) => String(chunk).includes("listening on") && resolve());
        child.on("exit", (code) => reject(new Error(`it ended with ${code}`)));
      });
      const response = await fetch(`http://127.0.0.1:${port}${path}`);
      assert.equal(response.status, 200);
      assert.match(await response.text(), new RegExp(expected));
    } finally {
      child.kill("SIGKILL");
    }
  }
});

test("its types are found by a program that imports it", () => {
  writeFileSync(
    join(project, "program.ts"),
    'import { getWsgiApplication } from "quintet/django";\n' +
      'import type { WsgiApplication } from "quintet/wsgi";\n' +
      "const application: WsgiApplication = getWsgiApplication();\n" +
      "console.log(typeof application);\n",
  );
  const types = join(root, "node_modules", "@types");
  execFileSync(
    join(root, "node_modules", ".bin", "tsc"),
    [
      "--noEmit",
      "--strict",
      "--module",
      "nodenext",
      "--typeRoots",
      types,
      "--types",
      "node",
      "program.ts",
    ],
    { cwd: project, stdio: "pipe" },
  );
  const output = execFileSync(node(), ["program.ts"], { cwd: project, encoding: "utf8" });
  assert.equal(output, "function\n");
});
