// Views that do to their process what views should not.
import { execFileSync, spawnSync } from "node:child_process";
import { writeSync } from "node:fs";
import { bytes, PLAIN, type View } from "./visit.ts";

function* throwing(error: Error, later: boolean): Generator<Uint8Array> {
  if (later) yield bytes("begun\n");
  throw error;
}

const down = (depth: number): number => down(depth + 1) + 1;

export const unrulyViews: Record<string, View> = {
  raises(visit, _environ, startResponse) {
    const error = new Error(`raised in ${visit.id}`);
    const when = visit.arguments[1];
    if (when === "called") throw error;
    startResponse("200 OK", PLAIN);
    return throwing(error, when === "later");
  },
  leaves: () => process.exit(7),
  deep: () => [bytes(String(down(0)))],
  runs(_visit, _environ, startResponse) {
    const printed = execFileSync("echo", ["from a program"]).toString().trim();
    const { status } = spawnSync("sh", ["-c", "exit 7"]);
    startResponse("200 OK", PLAIN);
    return [bytes(`${printed} ${status}`)];
  },
  prints(visit, _environ, startResponse) {
    const stream = visit.arguments[0] === "stdout" ? process.stdout : process.stderr;
    for (let line = 0; line < 10_000; line += 1) stream.write(`${"x".repeat(100)}\n`);
    if (stream === process.stdout) writeWhole(1, "HTTP/1.1 200 Not this one\r\n\r\n");
    startResponse("200 OK", PLAIN);
    return [bytes("printed")];
  },
  thread(visit, _environ, startResponse) {
    setTimeout(() => {
      throw new Error(`in a timer of ${visit.id}`);
    }, 100);
    startResponse("200 OK", PLAIN);
    return [bytes("begun")];
  },
};

/** Whoever reads a pipe may not keep up with a megabyte; Node tells that of a descriptor of its own by EAGAIN. */
function writeWhole(descriptor: number, text: string): void {
  for (;;) {
    try {
      writeSync(descriptor, text);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
    }
  }
}
