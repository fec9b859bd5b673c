// basic.ts, and views that wait at a barrier until the test opens it: see testing/barrier.ts.
import { appendFileSync, existsSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { validator } from "quintet/validator";
import type { WsgiApplication } from "quintet/wsgi";
import { application as basic } from "./basic.ts";

const text = (body: string): Uint8Array => new TextEncoder().encode(body);

function reach(barrier: string): void {
  appendFileSync(`${barrier}.reached`, `${process.pid}\n`);
}

/** A test that has ended holds nobody. */
function isOpen(barrier: string): boolean {
  return existsSync(barrier) || !existsSync(dirname(barrier));
}

async function wait(barrier: string): Promise<void> {
  while (!isOpen(barrier)) await sleep(5);
}

const views: Record<string, WsgiApplication> = {
  async *"/gate"(environ, startResponse) {
    const barrier = environ.QUERY_STRING as string;
    startResponse("200 OK", [["Content-Type", "text/plain"]]);
    reach(barrier);
    await wait(barrier);
    yield text("let through\n");
  },
  /** One chunk in front of the barrier, and one behind it. */
  async *"/halfway"(environ, startResponse) {
    const barrier = environ.QUERY_STRING as string;
    startResponse("200 OK", [["Content-Type", "text/plain"]]);
    yield text("in front\n");
    reach(barrier);
    await wait(barrier);
    yield text("behind\n");
  },
  /** Keep the process busy until the barrier is open. */
  "/loop": (environ, startResponse) => {
    const barrier = environ.QUERY_STRING as string;
    reach(barrier);
    while (!isOpen(barrier));
    startResponse("200 OK", [["Content-Type", "text/plain"]]);
    return [text("let through\n")];
  },
};

export const application: WsgiApplication = validator((environ, startResponse) =>
  (views[environ.PATH_INFO as string] ?? basic)(environ, startResponse),
);
