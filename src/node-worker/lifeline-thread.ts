// A thread that kills its process when the front ends: see lifeline.ts.
import { writeFileSync } from "node:fs";
import { type Debugger, Session } from "node:inspector";
import { Socket } from "node:net";
import { workerData } from "node:worker_threads";

const { descriptor, stacks } = workerData as { descriptor: number; stacks: string };

const kill = (): void => void process.kill(process.pid, "SIGKILL");

/** Pause the main thread where it is, and write its stack to the file. The front kills the process afterwards. */
function writeStack(): void {
  const session = new Session();
  session.connectToMainThread();
  const urls = new Map<string, string>();
  session.on("Debugger.scriptParsed", ({ params }) => urls.set(params.scriptId, params.url));
  session.on("Debugger.paused", ({ params }) => {
    const lines = params.callFrames.map((frame) => line(frame, urls));
    writeFileSync(stacks, `Main thread (most recent call first):\n${lines.join("\n")}\n`);
    session.disconnect();
  });
  session.post("Debugger.enable");
  session.post("Debugger.pause");
}

function line({ functionName, location }: Debugger.CallFrame, urls: Map<string, string>): string {
  const where = `${urls.get(location.scriptId) ?? ""}:${location.lineNumber + 1}:${(location.columnNumber ?? 0) + 1}`;
  return `  at ${functionName || "<anonymous>"} (${where})`;
}

const front = new Socket({ fd: descriptor });
front.on("data", writeStack);
front.on("end", kill).on("error", kill).on("close", kill);
