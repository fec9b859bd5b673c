import { inPeers, without } from "./environment.ts";
import type { Peer, StartWorkers } from "./peer.ts";

export const uwsgi: Peer = {
  distribution: "uWSGI",
  docs: "https://uwsgi-docs.readthedocs.io/en/latest",
  program: inPeers("uwsgi"),
  skip: without("uwsgi", "apt-get install build-essential python3-dev"),
};

/** Keep connections, as its section "HTTP Keep-Alive" says. */
export const keepAlive: string[] = ["--http-keepalive", "--add-header", "Connection: Keep-Alive"];

/** End without an application, end at SIGTERM, and write no line for each request. */
export const production: string[] = ["--need-app", "--die-on-term", "--disable-logging"];

/** It finds the virtual environment that its own binary is in. */
export function uwsgiCommand({ port, workers, target, options = [] }: StartWorkers): string[] {
  const http = ["--http", `127.0.0.1:${port}`, "--master", "--processes", String(workers)];
  const what = target.endsWith(".py") ? "--wsgi-file" : "--module";
  return [uwsgi.program, ...http, ...options, what, target];
}
