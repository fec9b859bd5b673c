// The application of the table of PEP 3333 in TypeScript: the views of pep_app.py, as far as their rule exists here.
import { validator } from "quintet/validator";
import type { Environ, StartResponse, WsgiApplication, WsgiResult } from "quintet/wsgi";
import { bodyViews } from "./pep_views/body.ts";
import { closingViews } from "./pep_views/closing.ts";
import { headViews } from "./pep_views/head.ts";
import { environView, seenViews } from "./pep_views/seen.ts";
import { streamViews } from "./pep_views/streams.ts";
import { unrulyViews } from "./pep_views/unruly.ts";
import { type View, Visit } from "./pep_views/visit.ts";

const views: Record<string, View> = {
  ...headViews,
  ...bodyViews,
  ...closingViews,
  ...seenViews,
  ...streamViews,
  ...unrulyViews,
};

export const application: WsgiApplication = (environ, startResponse) => {
  const visit = new Visit(environ);
  const name = (environ.PATH_INFO ?? "").slice(1);
  if (name.startsWith("validated/")) {
    return validated(visit, views[name.slice(10)] as View, environ, startResponse);
  }
  return (views[name] ?? environView)(visit, environ, startResponse);
};

/** A view inside the validator; what that finds is noted. */
function validated(
  visit: Visit,
  view: View,
  environ: Environ,
  startResponse: StartResponse,
): WsgiResult {
  const noting = <Result>(call: () => Result): Result => {
    try {
      return call();
    } catch (error) {
      visit.note(String(error));
      throw error;
    }
  };
  const checked = validator((environ, startResponse) => view(visit, environ, startResponse));
  const result = noting(() => checked(environ, startResponse)) as Iterable<Uint8Array> & WsgiResult;
  if (Array.isArray(result)) return result;
  const iterator = result[Symbol.iterator]();
  return {
    [Symbol.iterator]: () => ({ next: () => noting(() => iterator.next()) }),
    close: () => noting(() => result.close?.()),
  };
}
