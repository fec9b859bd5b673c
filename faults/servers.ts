import { existsSync } from "node:fs";
import { gunicorn } from "./servers/gunicorn.ts";
import { granian } from "./servers/granian.ts";
import { modWsgi } from "./servers/mod-wsgi.ts";
import { quintet } from "./servers/quintet.ts";
import { uwsgi } from "./servers/uwsgi.ts";
import type { Site } from "./site.ts";

/** Where a server is to serve faults/site. */
export interface Start {
  port: number;
  /** The copy of faults/site, which is the current folder. */
  folder: string;
  /** Where the server itself may write. */
  scratch: string;
}

/** How many workers each server has. */
export const WORKERS = 2;

/** A server under comparison. */
export interface Server {
  id: string;
  title: string;
  /** The package whose version is printed; Quintet's own is in package.json. */
  distribution?: string;
  /** The page of its documentation that this follows. */
  docs: string;
  /** @param options further ones, such as those of its features */
  command(start: Start, options: string[]): string[];
  can: Features;
}

/** What a server can do, and how its documentation says to do it. Omitted features are missing. */
export interface Features {
  /** Reload the application. */
  reload?(site: Site): Promise<void> | void;
  /** Its options for that. */
  reloadOptions?: string[];
  /** An import fails after this many seconds. */
  bootTimeout?(seconds: number): string[];
  /** Replace each worker after this many requests. */
  maxRequests?(requests: number): string[];
  /** Set the number of workers. */
  scale?(site: Site, workers: number, before: number): Promise<void> | void;
  scaleOptions?: string[];
  /** Run the version of the server that is on the disk now. */
  upgrade?(site: Site): Promise<void> | void;
  /** A request times out after this many seconds. */
  timeout?(seconds: number): string[];
  /** How many requests it runs at once; this many must hang before all its workers do. */
  atOnce: number;
  /** Replace a worker that uses this many megabytes. */
  maxMemory?(megabytes: number): string[];
  /** Log into this folder. */
  logTo(folder: string): string[];
  /** The processes that hold client connections, if they are not the workers. */
  fronts?(site: Site, workers: ReadonlySet<number>): Promise<number[]> | number[];
  /** The process that workers are forked from, if that is its only task. */
  zygote?(site: Site): number | undefined;
}

export const servers: Server[] = [quintet, gunicorn, uwsgi, granian, modWsgi];

/** Compiled servers are not available everywhere: uWSGI and mod_wsgi. */
export function isThere(server: Server): boolean {
  const start = { port: 0, folder: "", scratch: "" };
  return existsSync(server.command(start, [])[0] as string);
}
