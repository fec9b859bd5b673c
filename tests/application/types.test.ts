import assert from "node:assert/strict";
import { test } from "node:test";
import { projectWith } from "../../testing/program.ts";
import { compilerSays } from "../../testing/types.ts";

/** What a user may write, and, with @ts-expect-error, what must be refused. */
const USES = `
import { createServer, type RequestListener } from "node:http";
import express, { type RequestHandler } from "express";
import fastify from "fastify";
import { Hono } from "hono";
import { getWsgiApplication, type ApplicationOptions, type PythonApplication } from "quintet/django";
import { type QuintetServer, type ReloadResult, serve, type ServeOptions } from "quintet";
import { getPythonApplication } from "quintet/python";
import { type ErrorCode, QuintetError } from "quintet/errors";
import type { Environ, WsgiApplication } from "quintet/wsgi";

const options: ApplicationOptions = { workers: 2, threads: 4, timeout: 30, env: { A: "1" }, project: "." };
export const none: ApplicationOptions = { timeout: null, maxMemory: null, hooks: null, limitRequestBody: { "*": 1, "/upload/*": null } };
export const older: ApplicationOptions = { timeout: 0, maxMemory: 0, hooks: "", env: ["A=1"] };
export const application: PythonApplication = getWsgiApplication(options);
export const other: PythonApplication = getPythonApplication("shop:app", { logLevel: "error" });

// A WSGI callable.
export const callable: WsgiApplication = application;
export const around: WsgiApplication = (environ, startResponse) =>
  application({ ...environ, HTTP_X_ADDED: "1" }, startResponse);
const environ: Environ = { REQUEST_METHOD: "GET", PATH_INFO: "/" };
for await (const chunk of application(environ, () => {})) chunk satisfies Uint8Array;
for await (const chunk of application(environ, async (status, headers) => {
  status satisfies string;
  for (const [name, value] of headers) name satisfies typeof value;
})) chunk.byteLength satisfies number;

// A fetch handler.
export const handle: (request: Request) => Promise<Response> = application.fetch;
const hono = new Hono();
hono.all("/*", (context) => application.fetch(context.req.raw));
hono.mount("/shop", application.fetch);
export default { fetch: application.fetch };

// A handler of node:http and its frameworks.
export const listener: RequestListener = application.handler;
export const middleware: RequestHandler = application.handler;
createServer(application.handler);
express().use(application.handler).use("/shop", application.handler).all("/x", application.handler);
fastify().all("/*", (request, reply) => {
  reply.hijack();
  application.handler(request.raw, reply.raw);
});

{
  await using disposed = getPythonApplication("shop:app");
  disposed satisfies AsyncDisposable;
}
const server: QuintetServer = await serve({ application, bind: [":0"], workers: { min: 1, max: 2 }, timeout: 30 });
const options2: ServeOptions = { target: new URL("wsgi.ts", import.meta.url), config: "quintet.config.ts" };
(await serve(options2)).status().fronts satisfies unknown[];
const reloaded: ReloadResult = await server.reload();
reloaded.generation.toFixed() + server.url?.length;
if ("port" in server.address) server.address.port satisfies number;
else server.address.path satisfies string;
server satisfies AsyncDisposable;
// @ts-expect-error a program serves as the user that it is
void serve({ user: "www-data" });
// @ts-expect-error a callable written in TypeScript runs in workers, which load its file
void serve({ application: callable });

const closed: Promise<void> = application.close();
closed.catch((error: unknown) => {
  if (error instanceof QuintetError) error.code satisfies ErrorCode;
});

// @ts-expect-error no environ
application({}, () => {});
// @ts-expect-error fetch takes a Request, as the standard's handlers do
void application.fetch("http://a/");
// @ts-expect-error no such setting
getWsgiApplication({ worker: 2 });
// @ts-expect-error this one cannot be null
getWsgiApplication({ workers: null });
// @ts-expect-error no target
getPythonApplication();
`;

test("an application's type fits every way to use it", async () => {
  assert.equal(await compilerSays(projectWith({ "uses.ts": USES }), ["uses.ts"], ["es2024"]), "");
});

test("the types hold in a project that has a browser's types as well", async () => {
  assert.equal(
    await compilerSays(
      projectWith({ "uses.ts": USES }),
      ["uses.ts"],
      ["es2024", "dom", "dom.iterable"],
    ),
    "",
  );
});
