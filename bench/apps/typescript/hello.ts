// The TypeScript twin of hello.py.
import type { WsgiApplication } from "quintet/wsgi";

const body = [new TextEncoder().encode("Hello, world!\n")];

export const application: WsgiApplication = (_environ, startResponse) => {
  startResponse("200 OK", [
    ["Content-Type", "text/plain; charset=utf-8"],
    ["Content-Length", "14"],
  ]);
  return body;
};
