// Breaks the rules on purpose, and has no validator around it: what the server itself says is what is looked at.
import type { WsgiApplication } from "quintet/wsgi";

const views: Record<string, WsgiApplication> = {
  "/bad-header": (_environ, startResponse) => {
    startResponse("200 OK", [["X-Split", "a\r\nSet-Cookie: evil=1"]]);
    return [];
  },
  "/bad-body": (_environ, startResponse) => {
    startResponse("200 OK", []);
    return ["a string"] as unknown as Uint8Array[];
  },
  "/no-start": () => [],
  "/early": () => [Buffer.from("early")],
  "/twice": (_environ, startResponse) => {
    startResponse("200 OK", []);
    startResponse("200 OK", []);
    return [];
  },
  "/nothing": (() => {}) as unknown as WsgiApplication,
};

export const application: WsgiApplication = (environ, startResponse) => {
  const view = views[environ.PATH_INFO as string];
  if (view) return view(environ, startResponse);
  startResponse("200 OK", []);
  return [Buffer.from("fine\n")];
};
