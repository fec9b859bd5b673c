// The example in TypeScript and the applications of its page, served with the validator around each.
import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { blocksOf } from "../../testing/blocks.ts";
import { oms, root } from "../../testing/paths.ts";
import { freePort } from "../../testing/ports.ts";
import { projectWith, startProgram } from "../../testing/program.ts";
import { type Running, start } from "../../testing/server.ts";
import { folderWith } from "../../testing/temp.ts";
import { compilerSays } from "../../testing/types.ts";

const files = Object.fromEntries(blocksOf("guide/typescript.md"));

/** Serve a file's application inside the validator. */
async function validated(t: TestContext, file: string): Promise<Running> {
  const folder = projectWith({
    ...files,
    "validated.ts":
      'import { validator } from "quintet/validator";\n' +
      `import { application as inner } from ${JSON.stringify(file)};\n` +
      "export const application = validator(inner);\n",
  });
  const env = { VAR_DIR: folderWith(), PYTHONPATH: oms, PYTHONDONTWRITEBYTECODE: "1" };
  const server = await start("validated.ts", { cwd: folder, env });
  t.after(() => server.stop());
  return server;
}

/** A page of the example that needs no database. */
async function logInPage(url: string): Promise<Response> {
  const response = await fetch(`${url}/accounts/login/`);
  assert.equal(response.status, 200);
  assert.match(await response.text(), /<form/);
  return response;
}

test("the application of the page is served", async (t) => {
  const server = await validated(t, "./wsgi.ts");
  assert.equal(await (await fetch(`${server.url}/you`)).text(), "Hello, /you\n");
});

test("the middleware of the page adds its header to what Django answers", async (t) => {
  const server = await validated(t, "./middleware.ts");
  const response = await logInPage(server.url);
  assert.equal(response.headers.get("x-served-by"), "TypeScript");
});

test("an application mounted beside Django is found at its path, and Django at the root", async (t) => {
  const server = await validated(t, "./several.ts");
  assert.equal(await (await fetch(`${server.url}/shop/you`)).text(), "Hello, /you\n");
  await logInPage(server.url);
});

test("the example serves a page itself, and passes all other requests to Django", async (t) => {
  const server = await validated(t, join(root, "examples", "typescript", "wsgi.ts"));
  const response = await fetch(`${server.url}/status.json`);
  const status = (await response.json()) as { node: string; pid: number; request: string };
  assert.equal(status.node, process.versions.node);
  assert.ok(server.workers().includes(status.pid));
  assert.ok(status.request);
  await logInPage(server.url);
});

test("the program of the page serves, and closes on SIGTERM", async () => {
  const port = await freePort();
  const env = { PORT: String(port), QUINTET_LOG_FILE: "log" };
  const program = startProgram(projectWith(files), "serve.ts", { env });
  const url = `http://127.0.0.1:${port}`;
  assert.equal(await program.says("listening on "), `listening on ${url}\n`);
  assert.equal(await (await fetch(`${url}/you`)).text(), "Hello, /you\n");
  program.child.kill("SIGTERM");
  assert.deepEqual(await program.ended, { code: 0, signal: null });
  assert.equal(program.stderr(), "");
});

test("the compiler is content with all of them", async () => {
  const names = Object.keys(files);
  assert.equal(await compilerSays(projectWith(files), names, ["es2024"]), "");
});
