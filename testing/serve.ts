import type { TestContext } from "node:test";
import { site } from "./paths.ts";
import { type Running, start, type StartOptions } from "./server.ts";

/** A server for one test, with one worker; it is stopped when the test ends. */
export async function serve(
  t: TestContext,
  target: string,
  options: StartOptions = {},
): Promise<Running> {
  const args = options.args?.includes("--workers")
    ? options.args
    : ["--workers", "1", ...(options.args ?? [])];
  const server = await start(target, { ...options, args });
  t.after(() => server.stop());
  return server;
}

/** The tiny Django site with one worker; `static` and `media` are in this folder. The caller stops it. */
export function startSite(root: string): Promise<Running> {
  return start("tiny.wsgi", { args: ["--workers", "1"], cwd: site, env: { SITE_ROOT: root } });
}
