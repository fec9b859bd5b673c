// tests/apps/ts/basic.ts, with views that wait at a barrier: see testing/barrier.ts.
import { appendFileSync, existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { WsgiApplication } from "quintet/wsgi";
import { application as basic } from "../../apps/ts/basic.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

async function waitAt(barrier: string): Promise<void> {
  appendFileSync(`${barrier}.reached`, `${process.pid}\n`);
  const end = performance.now() + 60_000;
  while (!existsSync(barrier) && performance.now() < end) await sleep(10);
}

/** A stream: its first part comes before the barrier. */
const stream: WsgiApplication = async function* (environ, startResponse) {
  startResponse("200 OK", [["Content-Type", "text/plain"]]);
  yield bytes("first\n");
  await waitAt(environ.QUERY_STRING as string);
  yield bytes("second\n");
};

/** Nothing comes before the barrier. */
const silent: WsgiApplication = async function* (environ, startResponse) {
  await waitAt(environ.QUERY_STRING as string);
  startResponse("200 OK", [["Content-Type", "text/plain"]]);
  yield bytes("opened\n");
};

export const application: WsgiApplication = (environ, startResponse) => {
  if (environ.PATH_INFO === "/hold/stream") return stream(environ, startResponse);
  if (environ.PATH_INFO === "/hold") return silent(environ, startResponse);
  return basic(environ, startResponse);
};
