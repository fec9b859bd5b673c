import type { Inherited } from "../../config/values/address.ts";
import type { Log } from "../../shared/log.ts";

/** What a server needs besides its deployment. */
export interface ServerOptions {
  log: Log;
  /** Listening sockets that another process holds; null to listen on those of the setting `bind`. */
  inherited: Inherited[] | null;
  /**
   * Accept connections before there are workers: requests wait, and `livenessPath` is answered. False if another front serves
   * meanwhile, or could serve if this one fails to start.
   */
  takesAtOnce: boolean;
  /**
   * The process belongs to the server alone. The server then changes to the folder that it serves and, when it stops, stops
   * reading the output of programs that its workers started. False in a user's own program, which may run other servers.
   */
  ownsProcess: boolean;
  /** The number of times that the application has been loaded, including this one. */
  generation: number;
  listener: ServerListener;
}

/** Is notified of what happens to a server. */
export interface ServerListener {
  /** It serves. */
  ready(): void | Promise<void>;
  /** A file of `touchReload` was changed, at this time in milliseconds since 1970. */
  touched(file: string, at: number): void;
  /** It has stopped, and its log will be closed. */
  stopped(): void;
}
