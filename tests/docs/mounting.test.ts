import assert from "node:assert/strict";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { blocksOf } from "../../testing/blocks.ts";
import { apps } from "../../testing/paths.ts";
import { type Program, projectWith, startProgram } from "../../testing/program.ts";
import { freePort } from "../../testing/ports.ts";
import { compilerSays } from "../../testing/types.ts";
import { raw } from "../../testing/socket.ts";
import { until } from "../../testing/wait.ts";

const blocks = blocksOf("guide/mounting.md");
const [files, parts] = [new Map<string, string>(), new Map<string, string>()];
for (const [name, code] of blocks) (name.endsWith(".ts") ? files : parts).set(name, code);

/** The shop, with the page's files in its folder. */
function shop(more: Record<string, string> = {}): string {
  const folder = projectWith({ ...Object.fromEntries(files), ...more });
  cpSync(join(apps, "shop", "shop"), join(folder, "shop"), { recursive: true });
  cpSync(join(apps, "shop", "collected"), join(folder, "collected"), { recursive: true });
  return folder;
}

/** The page's Fastify program with its other route. */
function fastifyUnderShop(): string {
  const route = (parts.get("fastify.ts, under /shop") as string).replace(/^\/\/.*\n/, "");
  const whole = files.get("fastify.ts") as string;
  const under = whole.replace(/ {2}django\.all\([\s\S]*?\n {2}\}\);\n/, () => route);
  assert.notEqual(under, whole);
  return under;
}

/** Starts a file of the page; the address of its server when that answers. */
async function served(t: TestContext, folder: string, file: string): Promise<string> {
  const port = await freePort();
  const program: Program = startProgram(folder, file, { env: { PORT: String(port) } });
  t.after(() => program.child.kill());
  const url = `http://localhost:${port}`;
  const answers = async (): Promise<boolean> => {
    assert.equal(program.child.exitCode, null, program.stderr());
    return await fetch(`${url}/health`).then(
      () => true,
      () => false,
    );
  };
  await until(answers, `${file} listens`);
  return url;
}

/** A page, a form and its redirect, and a static file, below a path. */
async function works(url: string, path: string): Promise<void> {
  const page = (await (await fetch(`${url}${path}/`)).json()) as Record<string, string>;
  assert.equal(page.orders, `${path}/orders/`);
  assert.equal(page.stylesheet, `${path}/static/shop.css`);
  assert.match(await (await fetch(url + page.stylesheet)).text(), /teal/);
  const body = new URLSearchParams({ name: "chair" });
  const bought = await fetch(`${url}${path}/buy/`, { method: "POST", body });
  assert.equal(bought.url, `${url}${path}/orders/5/`);
  assert.equal(await bought.text(), `order 5 at ${path}/orders/5/`);
}

const health = async (url: string): Promise<string> => (await fetch(`${url}/health`)).text();

test("the script that asks for a Response prints it and ends", async () => {
  const program = startProgram(shop(), "report.ts");
  assert.equal((await program.ended).code, 0, program.stderr());
  assert.equal(program.stdout(), "200 orders\n");
});

test("the node:http server serves the shop", async (t) => {
  await works(await served(t, shop(), "http.ts"), "");
});

test("the Express program serves the shop under its path, and its own page", async (t) => {
  const url = await served(t, shop(), "express.ts");
  await works(url, "/shop");
  assert.equal(await health(url), "fine");
});

test("a program that refuses offers to upgrade runs no request after them", async (t) => {
  const url = await served(t, shop(), "offers.ts");
  await works(url, "/shop");
  const inner = "GET /health HTTP/1.1\r\nHost: a\r\n\r\n";
  for (const path of ["/health", "/shop/"]) {
    const connection = await raw(Number(new URL(url).port));
    connection.write(
      `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n` +
        `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${inner.length}\r\n\r\n`,
    );
    assert.equal(await health(url), "fine");
    connection.write(inner);
    const { text } = await connection.closed();
    assert.equal(text, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
  }
});

test("the Fastify program serves the shop, and its own page", async (t) => {
  const url = await served(t, shop(), "fastify.ts");
  await works(url, "");
  assert.equal(await health(url), "fine");
});

test("the Fastify program serves the shop under a path", async (t) => {
  await works(await served(t, shop({ "under.ts": fastifyUnderShop() }), "under.ts"), "/shop");
});

test("the Hono application answers for the shop, and with its own page", async () => {
  const main = `
    import app from "./hono.ts";
    import { application } from "./wsgi.ts";
    const text = async (path, init) => (await app.request(path, init)).text();
    console.log(await text("/health"), await text("/orders/7/"));
    const body = new URLSearchParams({ name: "chair" });
    console.log((await app.request("/buy/", { method: "POST", body })).headers.get("location"));
    await application.close();`;
  const program = startProgram(shop({ "main.ts": main }), "main.ts");
  assert.equal((await program.ended).code, 0, program.stderr());
  assert.equal(program.stdout(), "fine order 7 at /orders/7/\n/orders/5/\n");
});

test("the compiler is content with all of them", async () => {
  const folder = shop({ "under.ts": fastifyUnderShop() });
  assert.equal(await compilerSays(folder, [...files.keys(), "under.ts"], ["es2024"]), "");
});
