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
  /** For what the server itself wants to write. */
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
  /** The page of its own documentation that this follows. */
  docs: string;
  /** @param options further ones, such as those of its features */
  command(start: Start, options: string[]): string[];
  can: Features;
}

/** What a server can do, and how its documentation says that it is told to. What is left out it cannot. */
export interface Features {
  /** Load the application anew. */
  reload?(site: Site): Promise<void> | void;
  /** Its options for that. */
  reloadOptions?: string[];
  /** So many seconds and an import has failed. */
  bootTimeout?(seconds: number): string[];
  /** Replace each worker after so many requests. */
  maxRequests?(requests: number): string[];
  /** Have so many workers. */
  scale?(site: Site, workers: number, before: number): Promise<void> | void;
  scaleOptions?: string[];
  /** Run the version of the server that is on the disk now. */
  upgrade?(site: Site): Promise<void> | void;
  /** So many seconds and a request has failed. */
  timeout?(seconds: number): string[];
  /** How many requests it runs at once: so many have to hang before all its workers do. */
  atOnce: number;
  /** Replace a worker that uses so many megabytes. */
  maxMemory?(megabytes: number): string[];
  /** Log into this folder. */
  logTo(folder: string): string[];
  /** The processes that hold the connections of clients, if they are others than the workers. */
  fronts?(site: Site, workers: ReadonlySet<number>): Promise<number[]> | number[];
  /** The process that workers are forked from, if it has no other task. */
  zygote?(site: Site): number | undefined;
}

export const servers: Server[] = [quintet, gunicorn, uwsgi, granian, modWsgi];

/** What is compiled is not everywhere: uWSGI and mod_wsgi. */
export function isThere(server: Server): boolean {
  const start = { port: 0, folder: "", scratch: "" };
  return existsSync(server.command(start, [])[0] as string);
}
