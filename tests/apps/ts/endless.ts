import { validator } from "quintet/validator";
import type { WsgiApplication } from "quintet/wsgi";

let closed = 0;

/** A body that never ends, and never waits; `/closed` tells how many of them were closed. */
export const application: WsgiApplication = validator((environ, startResponse) => {
  startResponse("200 OK", [["Content-Type", "text/plain"]]);
  if (environ.PATH_INFO === "/closed") return [new TextEncoder().encode(String(closed))];
  return endless();
});

function* endless(): Generator<Uint8Array> {
  try {
    for (;;) yield new Uint8Array(10);
  } finally {
    closed += 1;
  }
}
