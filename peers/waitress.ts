import { inPeers, without } from "./environment.ts";
import type { Peer, Start } from "./peer.ts";

export const waitress: Peer = {
  distribution: "waitress",
  docs: "https://docs.pylonsproject.org/projects/waitress/en/stable",
  program: inPeers("waitress-serve"),
  skip: without("waitress-serve", "pip is needed"),
};

/**
 * It has one process, and threads.
 *
 * @param program how it is run, if not by the peers' environment
 */
export function waitressCommand(
  { port, target, options = [] }: Start,
  program: string[] = [waitress.program],
): string[] {
  return [...program, `--listen=127.0.0.1:${port}`, ...options, target];
}
