import { inPeers, without } from "./environment.ts";
import type { Peer, StartWorkers } from "./peer.ts";

export const granian: Peer = {
  distribution: "granian",
  docs: "https://github.com/emmett-framework/granian",
  program: inPeers("granian"),
  skip: without("granian", "pip is needed"),
};

export function granianCommand({ port, workers, target, options = [] }: StartWorkers): string[] {
  const where = ["--interface", "wsgi", "--host", "127.0.0.1", "--port", String(port)];
  return [granian.program, ...where, "--workers", String(workers), ...options, target];
}
