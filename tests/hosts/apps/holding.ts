// tests/apps/ts/basic.ts, with views that tell by a file that they have begun, and go on when another file is there.
import { existsSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { WsgiApplication } from "quintet/wsgi";
import { application as basic } from "../../apps/ts/basic.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

async function opened(folder: string): Promise<void> {
  const end = performance.now() + 60_000;
  while (!existsSync(`${folder}/open`) && performance.now() < end) await sleep(10);
}

/** A stream: its first part comes before the gate. */
const stream: WsgiApplication = async function* (environ, startResponse) {
  const folder = environ.QUERY_STRING as string;
  startResponse("200 OK", [["Content-Type", "text/plain"]]);
  writeFileSync(`${folder}/begun`, "");
  yield bytes("first\n");
  await opened(folder);
  yield bytes("second\n");
};

/** Nothing comes before the gate. */
const silent: WsgiApplication = async function* (environ, startResponse) {
  const folder = environ.QUERY_STRING as string;
  writeFileSync(`${folder}/begun`, "");
  await opened(folder);
  startResponse("200 OK", [["Content-Type", "text/plain"]]);
  yield bytes("opened\n");
};

export const application: WsgiApplication = (environ, startResponse) => {
  if (environ.PATH_INFO === "/hold/stream") return stream(environ, startResponse);
  if (environ.PATH_INFO === "/hold") return silent(environ, startResponse);
  return basic(environ, startResponse);
};
