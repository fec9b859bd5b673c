import type { Dispatcher } from "../dispatch/dispatcher.ts";
import type { Settings } from "../config/settings.ts";
import { settingsTable } from "../config/settings/table.ts";
import { PathValues, toWsgiPath } from "../shared/by-path.ts";
import type { Log } from "../shared/log.ts";
import type { Prefix } from "./proxy/prefix.ts";
import type { RequestLimits } from "./request/request-limits.ts";
import type { PathHeaders } from "./response/path-headers.ts";
import type { Spool } from "./spool/spool.ts";

/** What a RequestHandler needs to know. */
export interface RequestHandlerOptions {
  dispatcher: Dispatcher;
  spool: Spool;
  limits: RequestLimits;
  log: Log;
  accessLog: boolean;
  /** Whether the application gets a request only when its body is complete. */
  requestBuffering: PathValues<boolean>;
  /** The path of liveness probes, which the front answers itself; empty for none. */
  livenessPath: string;
  /** Headers that are added to responses. */
  headers: PathHeaders;
  /** The path below which the application is; null if whatever is in front of the handler splits it off. */
  prefix: Prefix | null;
}

/** The options that a reload may change. */
export type ReloadedOptions = Pick<
  RequestHandlerOptions,
  "dispatcher" | "requestBuffering" | "livenessPath" | "headers" | "prefix"
>;

/** The setting that names the paths whose request bodies are read whole before the application runs. */
export function requestBuffering(settings: Settings): PathValues<boolean> {
  return new PathValues(
    settings.requestBuffering,
    settingsTable.requestBuffering.default as boolean,
  );
}

/** The path that the front answers itself, as the application would see it; "" for none. */
export function livenessPath(settings: Settings): string {
  return toWsgiPath(settings.livenessPath ?? "");
}
