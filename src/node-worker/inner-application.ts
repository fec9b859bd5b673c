import type { ApplicationOptions } from "../config/application-options.ts";
import { fetchFrom } from "../api/adapters/fetch.ts";
import { callWsgi } from "../api/adapters/wsgi.ts";
import { QuintetError } from "../shared/errors.ts";
import { Spool, spoolLimits } from "../http/spool/spool.ts";
import type { ProgramPool } from "../api/program-pool.ts";
import { defaultSettings } from "../config/settings/read-settings.ts";
import type { Environ } from "../wsgi/types.ts";
import { REQUEST_NUMBER } from "./request/environ.ts";
import type { InnerCalls } from "./inner-calls.ts";

/** A Python application behind a TypeScript one that `quintet` serves. It is a handle to the front's workers and starts nothing. */
export async function innerApplication(
  target: string,
  options: ApplicationOptions,
  calls: InnerCalls,
): Promise<ProgramPool> {
  const spool = new Spool(spoolLimits({ ...defaultSettings(), ...options }));
  const own: ProgramPool = {
    dispatcher: { submit: (task) => calls.submit(task, target, 0) },
    spool,
    handle() {
      const message =
        "Inside a served wsgi.ts an application has no handler; call it, or use its fetch.";
      throw new QuintetError("QUINTET_WSGI_EXPORT", message);
    },
    fetch: (request) => fetchFrom(own, request),
    call(environ, startResponse) {
      // The front knows it then, so the time of the call does not count twice.
      const outer = (environ as Environ & { [REQUEST_NUMBER]?: number })[REQUEST_NUMBER] ?? 0;
      const dispatcher = {
        submit: (task: Parameters<InnerCalls["submit"]>[0]) => calls.submit(task, target, outer),
      };
      return callWsgi({ dispatcher, spool }, environ, startResponse);
    },
    async close() {},
  };
  return own;
}
