// What an application sees of its request and of its server.
import type { StartResponse } from "quintet/wsgi";
import { setTimeout as pause } from "node:timers/promises";
import { bytes, PLAIN, type View } from "./visit.ts";

function answer(startResponse: StartResponse, value: unknown): Uint8Array[] {
  startResponse("200 OK", [["Content-Type", "application/json"]]);
  // In ASCII, as Python's json writes it.
  const escape = (each: string): string => `\\u${each.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return [bytes(JSON.stringify(value).replaceAll(/[\u0080-\uFFFF]/g, escape))];
}

/** A variable as the case reads it: its type, by Python's names, and its text or its truth. */
function shown(value: unknown): [type: string, text: string] {
  if (typeof value === "string") return ["str", value];
  if (Array.isArray(value)) return ["tuple", `(${value.join(", ")})`];
  return [typeof value, String(Boolean(value))];
}

/** Everything, for every path that is no view. */
export const environView: View = (_visit, environ, startResponse) => {
  const shownAll = Object.entries(environ).map(([name, value]) => [name, shown(value)]);
  return answer(startResponse, {
    type: typeof environ,
    variables: Object.fromEntries(shownAll) as object,
  });
};

export const seenViews: Record<string, View> = {
  environ: environView,
  fresh(_visit, environ, startResponse) {
    const left = ["left.behind", "HTTP_LEFT"].filter((name) => name in environ);
    const missing = ["REQUEST_METHOD", "wsgi.input"].filter((name) => !(name in environ));
    environ["left.behind"] = "here";
    environ.HTTP_LEFT = "here";
    Reflect.deleteProperty(environ, "REQUEST_METHOD");
    Reflect.deleteProperty(environ, "wsgi.input");
    return answer(startResponse, { left, missing });
  },
  cleared(_visit, environ, startResponse) {
    for (const name of Reflect.ownKeys(environ)) Reflect.deleteProperty(environ, name);
    startResponse("200 OK", PLAIN);
    return [bytes("cleared")];
  },
  async *busy(visit, environ, startResponse) {
    visit.note(`begins ${process.pid}`);
    await pause(300);
    visit.note(`ends ${process.pid}`);
    const names = ["wsgi.multithread", "wsgi.multiprocess", "wsgi.run_once"];
    const flags = names.map((name): [string, boolean] => [name, Boolean(environ[name])]);
    yield* answer(startResponse, Object.fromEntries(flags));
  },
};
