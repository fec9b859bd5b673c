// What is published: built, packed, installed in a project of its own, and run there by the oldest Node it supports.
import assert from "node:assert/strict";
import { execFile, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { promisify } from "node:util";
import { apps, oms, python, root } from "../../testing/paths.ts";
import { cleanEnvironment } from "../../testing/command.ts";
import { freePort } from "../../testing/ports.ts";
import { folderWith } from "../../testing/temp.ts";

const OLDEST_NODE = "22.18.0";

/** What a package is made of. */
const SOURCES = [
  "bin",
  "src",
  "python",
  "scripts",
  "package.json",
  "tsconfig.json",
  "tsconfig.build.json",
  "README.md",
  "LICENSE",
  "CHANGELOG.md",
];

/** What a user has beside it: the example. */
const PROJECT = [
  "manage.py",
  "oms",
  "catalog",
  "customers",
  "orders",
  "templates",
  "static",
  "wsgi.ts",
];

let project: string;
let packed: string;
before(
  async () => {
    const npm = async (cwd: string, ...args: string[]): Promise<string> =>
      (await promisify(execFile)("npm", [...args, "--silent"], { cwd })).stdout.trim();
    const install = ["install", "--no-audit", "--no-fund", "--prefer-offline"];
    project = folderWith({
      "package.json": '{ "name": "shop", "private": true, "type": "module" }',
    });
    for (const name of PROJECT) cpSync(join(oms, name), join(project, name), { recursive: true });
    // Built elsewhere, for a dist/ of this checkout may be in use.
    const sources = folderWith();
    for (const name of SOURCES) cpSync(join(root, name), join(sources, name), { recursive: true });
    symlinkSync(join(root, "node_modules"), join(sources, "node_modules"));
    const build = async (): Promise<string> => {
      await promisify(execFile)(process.execPath, [join(sources, "scripts", "build.ts")]);
      const into = ["--pack-destination", project];
      return join(project, await npm(sources, "pack", "--ignore-scripts", ...into));
    };
    [packed] = await Promise.all([build(), npm(project, ...install, `node@${OLDEST_NODE}`)]);
    await npm(project, ...install, packed);
  },
  { timeout: 300_000 },
);

const node = (): string => join(project, "node_modules", "node", "bin", "node");

test("it says where it comes from, and on which systems it runs", () => {
  const text = readFileSync(join(project, "node_modules", "quintet", "package.json"), "utf8");
  const manifest = JSON.parse(text) as Record<string, unknown> & {
    dependencies: Record<string, string>;
  };
  for (const field of ["repository", "homepage", "bugs", "license", "engines"]) {
    assert.ok(manifest[field], field);
  }
  assert.deepEqual(manifest.os, ["linux", "darwin"]);
  assert.deepEqual(manifest.peerDependenciesMeta, { "@types/node": { optional: true } });
  for (const [name, range] of Object.entries(manifest.dependencies))
    assert.match(range, /^\^/, name);
});

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
  assert.ok(names.includes("package/python/quintet/worker/boot.py"));
  assert.ok(names.includes("package/python/quintet/py.typed"));
  assert.ok(names.includes("package/dist/api/django.d.ts"));
});

test("the installed command serves Django, a bare function and TypeScript on the oldest Node", async () => {
  const command = join(project, "node_modules", "quintet", "bin", "quintet.js");
  const version = execFileSync(node(), [command, "--version"], { encoding: "utf8" });
  assert.match(version, new RegExp(`node ${OLDEST_NODE}`));
  const serves = async (
    target: string,
    cwd: string,
    path: string,
    expected: string,
  ): Promise<void> => {
    const port = await freePort();
    const env = cleanEnvironment({ DATABASE_URL: "sqlite://:memory:" });
    const args = [command, "--bind", `127.0.0.1:${port}`, "--python", python, target];
    const child = spawn(node(), args, { cwd, env, stdio: ["ignore", "pipe", "inherit"] });
    const ended = once(child, "close");
    try {
      await new Promise<void>((resolve, reject) => {
        child.stdout.on("data", (chunk) => String(chunk).includes("listening on") && resolve());
        child.on("exit", (code) => reject(new Error(`it ended with ${code}`)));
      });
      const response = await fetch(`http://127.0.0.1:${port}${path}`);
      assert.equal(response.status, 200);
      assert.match(await response.text(), new RegExp(expected));
    } finally {
      child.kill("SIGTERM");
      await ended;
    }
  };
  await Promise.all([
    serves("wsgi.ts", project, "/accounts/login/", "login"),
    serves("basic", apps, "/", "Hello, world!"),
    serves("ts/basic.ts", apps, "/", "Hello from TypeScript!"),
    serves("ts/around.ts", apps, "/py/", "Hello, world!"),
  ]);
});

/** A program that imports everything that is exported, for the compiler. */
const CONSUMER = `
import { createServer } from "node:http";
import { type QuintetServer, type ReloadResult, serve, type ServeOptions, type ServerStatus } from "quintet";
import { defineConfig, type Settings } from "quintet/config";
import { type ApplicationOptions, getWsgiApplication, type PythonApplication } from "quintet/django";
import { type ErrorCode, QuintetError } from "quintet/errors";
import { mount } from "quintet/mount";
import { getPythonApplication } from "quintet/python";
import { validator, WsgiViolation } from "quintet/validator";
import type { Environ, StartResponse, WsgiApplication } from "quintet/wsgi";

const options: ApplicationOptions = { workers: 2 };
const django: PythonApplication = getWsgiApplication(options);
const application: WsgiApplication = validator(mount({ "/flask": getPythonApplication("shop:app"), "/": django }));
const settings: Partial<Settings> = defineConfig({ bind: [":8000"], workers: { min: 1, max: 4 } });
export const around = (environ: Environ, startResponse: StartResponse) => {
  environ.HTTP_HOST satisfies string | undefined;
  return application(environ, startResponse);
};
createServer(django.handler);
export async function run(given: ServeOptions): Promise<ServerStatus> {
  await using server: QuintetServer = await serve({ ...settings, ...given, application: django });
  const reloaded: ReloadResult = await server.reload();
  reloaded.generation.toFixed();
  return server.status();
}
export function codeOf(error: unknown): ErrorCode | string {
  if (error instanceof WsgiViolation) return error.section;
  return error instanceof QuintetError ? error.code : "";
}
`;

for (const [module, resolution] of [
  ["nodenext", "nodenext"],
  ["esnext", "bundler"],
] as const) {
  test(`its types hold in a project with moduleResolution ${resolution}, declarations checked`, () => {
    writeFileSync(join(project, "consumer.ts"), CONSUMER);
    const flags = { module, moduleResolution: resolution, target: "es2023", lib: "es2024" };
    const result = spawnSync(
      join(root, "node_modules", ".bin", "tsc"),
      [
        "--noEmit",
        "--strict",
        "--noUncheckedIndexedAccess",
        "--types",
        "node",
        "--typeRoots",
        join(root, "node_modules", "@types"),
        ...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]),
        "consumer.ts",
      ],
      { cwd: project, encoding: "utf8" },
    );
    assert.equal(result.stdout, "");
    assert.equal(result.status, 0);
  });
}

test("a program that imports it runs on the oldest Node", () => {
  writeFileSync(
    join(project, "program.ts"),
    'import { serve } from "quintet";\n' +
      'import { getWsgiApplication } from "quintet/django";\n' +
      "console.log(typeof serve, typeof getWsgiApplication()[Symbol.asyncDispose]);\n",
  );
  const output = execFileSync(node(), ["program.ts"], { cwd: project, encoding: "utf8" });
  assert.equal(output, "function function\n");
});
