import type { Inherited } from "../config/values/address.ts";
import type { OpenLog } from "../shared/log.ts";

/** What a server is told at its start, and whom it tells what becomes of it. */
export interface ServerPlace {
  /** Sockets that somebody else holds, instead of those of the setting `bind`. */
  inherited: Inherited[] | null;
  /** A log file that somebody else has opened; null where the server opens its own. */
  openLog: OpenLog | null;
  /**
   * Take connections before there are workers; they wait, and `livenessPath` is answered. Not where somebody else serves
   * them meanwhile, or could when this fails.
   */
  takesAtOnce: boolean;
  /** Milliseconds since 1970 when the command was given; null where somebody else says that it listens. */
  began: number | null;
  /** There are several such servers, whose lines go into one log. */
  several: boolean;
  /** How often what is to be served has been loaded, this time included. */
  generation: number;
  /**
   * The process is the server's alone: the server enters the folder that it serves, and lets go of what workers printed to
   * when it stops. False in a program of the user's own, which may run other servers.
   */
  ownsProcess: boolean;
  /** It serves. */
  ready(): void | Promise<void>;
  /** A file of `touchReload` has changed, at a time in milliseconds. */
  touched(file: string, at: number): void;
}
