import type { Inherited } from "../../config/values/address.ts";
import type { Log } from "../../shared/log.ts";

/** What a server needs beside its deployment. */
export interface ServerOptions {
  log: Log;
  /** Listening sockets that another process holds; null to listen on those of the setting `bind`. */
  inherited: Inherited[] | null;
  /**
   * Accept connections before there are workers: requests wait, and `livenessPath` is answered. Not if another front serves
   * meanwhile, or could when this one fails to start.
   */
  takesAtOnce: boolean;
  /**
   * The process is the server's alone: the server enters the folder that it serves and, when it stops, stops reading what programs of
   * its workers print. False in a program of the user's own, which may run other servers.
   */
  ownsProcess: boolean;
  /** How often what is served has been loaded, this time included. */
  generation: number;
  listener: ServerListener;
}

/** Hears of what happens to a server. */
export interface ServerListener {
  /** It serves. */
  ready(): void | Promise<void>;
  /** A file of `touchReload` was changed, at this time in milliseconds since 1970. */
  touched(file: string, at: number): void;
  /** It has stopped, and its log will be closed. */
  stopped(): void;
}
