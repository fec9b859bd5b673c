import type { ApplicationOptions } from "../config/application-options.ts";
import { fetchFrom } from "../api/adapters/fetch.ts";
import { callWsgi } from "../api/adapters/wsgi.ts";
import { QuintetError } from "../shared/errors.ts";
import { Spool } from "../http/spool/spool.ts";
import type { OwnPool } from "../api/own-pool.ts";
import { spoolLimits } from "../workers/pool-options.ts";
import { defaultSettings } from "../config/sources.ts";
import type { Environ } from "../wsgi/types.ts";
import { NUMBER } from "./environ.ts";
import type { Remote } from "./remote.ts";

/** A Python application inside a TypeScript one that `quintet` serves: a handle to the front's workers. Starts nothing. */
export async function hostedPool(
  target: string,
  options: ApplicationOptions,
  remote: Remote,
): Promise<OwnPool> {
  const spool = new Spool(spoolLimits({ ...defaultSettings(), ...options }));
  const own: OwnPool = {
    dispatcher: { submit: (task) => remote.submit(task, target, 0) },
    spool,
    handle() {
      const message =
        "Inside a served wsgi.ts an application has no handler; call it, or use its fetch.";
      throw new QuintetError("QUINTET_WSGI_EXPORT", message);
    },
    fetch: (request) => fetchFrom(own, request),
    call(environ, startResponse) {
      // Known to the front, so that the time of the call does not count twice.
      const outer = (environ as Environ & { [NUMBER]?: number })[NUMBER] ?? 0;
      const dispatcher = {
        submit: (task: Parameters<Remote["submit"]>[0]) => remote.submit(task, target, outer),
      };
      return callWsgi({ dispatcher, spool }, environ, startResponse);
    },
    async close() {},
  };
  return own;
}
