import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { peersPython } from "./environment.ts";
import type { Peer, StartWorkers } from "./peer.ts";

/** Only the benchmark installs it: installPeers(["bjoern"]). */
export const bjoern: Omit<Peer, "skip"> = {
  distribution: "bjoern",
  docs: "https://github.com/jonashaag/bjoern",
  program: peersPython,
};

/** It has no command line: run_bjoern.py is its README's `bjoern.run(application, host, port)`. */
export function bjoernCommand(
  { port, workers, target }: StartWorkers,
  directory: string,
): string[] {
  const script = join(import.meta.dirname, "run_bjoern.py");
  return [bjoern.program, script, "127.0.0.1", String(port), String(workers), directory, target];
}

/** It is compiled against the system's libev: without the headers, pip ends in a page of compiler output. */
export function requireLibev(): void {
  const compiled = spawnSync("cc", ["-E", "-x", "c", "-", "-o", "/dev/null"], {
    input: "#include <ev.h>\n",
  });
  if (compiled.error)
    throw new Error(
      "a C compiler is missing, which uWSGI and bjoern need: apt-get install build-essential",
    );
  if (compiled.status !== 0)
    throw new Error(
      "bjoern needs the headers of libev: apt-get install libev-dev (or leave bjoern out with --servers)",
    );
}
