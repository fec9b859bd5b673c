import { inPeers, without } from "./environment.ts";
import type { Peer, StartWorkers } from "./peer.ts";

/** mod_wsgi-express: mod_wsgi from the Python registry, with an Apache and a configuration of its own making. */
export const modWsgi: Peer = {
  distribution: "mod_wsgi",
  docs: "https://modwsgi.readthedocs.io/en/latest",
  program: inPeers("mod_wsgi-express"),
  skip: without("mod_wsgi-express", "apt-get install apache2-dev build-essential python3-dev"),
};

/** @param root the folder where it writes its configuration, which must not exist yet */
export function modWsgiCommand(
  { port, workers, target, options = [] }: StartWorkers,
  root: string,
): string[] {
  const where = ["--host", "127.0.0.1", "--port", String(port), "--processes", String(workers)];
  const log = options.includes("--log-directory") ? [] : ["--log-to-terminal"];
  return [
    modWsgi.program,
    "start-server",
    target,
    ...where,
    "--server-root",
    root,
    ...log,
    ...options,
  ];
}
