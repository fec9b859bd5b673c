// basic.ts, and views that wait at a gate until the test opens it: see testing/gate.ts.
import { randomUUID } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { validator } from "quintet/validator";
import type { WsgiApplication } from "quintet/wsgi";
import { application as basic } from "./basic.ts";

const text = (body: string): Uint8Array => new TextEncoder().encode(body);

function reach(folder: string): void {
  writeFileSync(join(folder, `reached-${randomUUID()}`), "");
}

/** A test that has ended holds nobody. */
function isOpen(folder: string): boolean {
  return existsSync(join(folder, "open")) || !existsSync(folder);
}

async function wait(folder: string): Promise<void> {
  while (!isOpen(folder)) await sleep(5);
}

const views: Record<string, WsgiApplication> = {
  async *"/gate"(environ, startResponse) {
    const folder = environ.QUERY_STRING as string;
    startResponse("200 OK", [["Content-Type", "text/plain"]]);
    reach(folder);
    await wait(folder);
    yield text("let through\n");
  },
  /** One chunk in front of the gate, and one behind it. */
  async *"/halfway"(environ, startResponse) {
    const folder = environ.QUERY_STRING as string;
    startResponse("200 OK", [["Content-Type", "text/plain"]]);
    yield text("in front\n");
    reach(folder);
    await wait(folder);
    yield text("behind\n");
  },
  /** Keep the process busy until the gate is open. */
  "/loop": (environ, startResponse) => {
    const folder = environ.QUERY_STRING as string;
    reach(folder);
    while (!isOpen(folder));
    startResponse("200 OK", [["Content-Type", "text/plain"]]);
    return [text("let through\n")];
  },
};

export const application: WsgiApplication = validator((environ, startResponse) =>
  (views[environ.PATH_INFO as string] ?? basic)(environ, startResponse),
);
