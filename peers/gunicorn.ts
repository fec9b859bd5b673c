import { inPeers, without } from "./environment.ts";
import type { Peer, StartWorkers } from "./peer.ts";

export const gunicorn: Peer = {
  distribution: "gunicorn",
  docs: "https://docs.gunicorn.org/en/stable",
  program: inPeers("gunicorn"),
  skip: without("gunicorn", "pip is needed"),
};

/**
 * The threaded worker: the one that its documentation names for keep-alive.
 *
 * @param threads for each worker
 */
export function gthread(threads: number): string[] {
  return ["--worker-class", "gthread", "--threads", String(threads)];
}

/** @param program how it is run, if not by the peers' environment */
export function gunicornCommand(
  { port, workers, target, options = [] }: StartWorkers,
  program: string[] = [gunicorn.program],
): string[] {
  const bind = ["--bind", `127.0.0.1:${port}`, "--workers", String(workers)];
  // By default the control socket is one file of the user: two servers would both claim it.
  return [...program, ...bind, "--no-control-socket", ...options, target];
}
