// A worker that runs an application written in TypeScript: the Node twin of python/quintet/worker/boot.py.
import { connect, type Socket } from "node:net";
import { hostApplications } from "../api/application.ts";
import { QuintetError } from "../shared/errors.ts";
import { loadApplication } from "./load-application.ts";
import { ANSWER, cut, FAILED, HELLO, READY } from "../wire/frames.ts";
import { readFrames } from "../wire/frame-reader.ts";
import type { Hello, WorkerFacts, WorkerFailure } from "../wire/json-messages.ts";
import type { WorkerStartUp } from "../wire/start-up.ts";
import { Answers } from "./answers.ts";
import { innerApplication } from "./inner-application.ts";
import { endProcess } from "./end-process.ts";
import { tieToFront } from "./lifeline.ts";
import { InnerCalls } from "./inner-calls.ts";
import { RequestLoop } from "./request/request-loop.ts";
import { ignoreFrontSignals } from "./ignored-signals.ts";
import { WorkerPage } from "./worker-page.ts";

/** A pipe that only the front holds open. */
const STDIN = 0;
/** The exit status of a worker that could not load its application. */
const BOOT_FAILED = 3;
/** How long the report of a failure may take to reach the front. */
const FAILED_EXIT_DELAY_MS = 100;

async function open(startUp: WorkerStartUp, carries: "requests" | "answers"): Promise<Socket> {
  const socket = connect(startUp.socket);
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", reject);
  });
  // The front has ended: the lifeline kills this process.
  socket.on("error", () => {});
  const { id, token } = startUp;
  new Answers(socket).json(HELLO, 0, { id, token, pid: process.pid, carries } satisfies Hello);
  return socket;
}

async function main(): Promise<void> {
  const startUp = JSON.parse(process.env.QUINTET_WORKER as string) as WorkerStartUp;
  delete process.env.QUINTET_WORKER;
  tieToFront(STDIN, startUp.stacks);
  ignoreFrontSignals();
  const page = new WorkerPage(startUp.page);
  const requests = await open(startUp, "requests");
  const answering = await open(startUp, "answers");
  const answers = new Answers(answering, startUp.strictHeaders);
  const calls = new InnerCalls(answers);
  hostApplications((target, options) => innerApplication(target, options, calls));
  const began = performance.now();
  try {
    const application = await loadApplication(startUp.target);
    const { threads, multiprocess } = startUp;
    const loop = new RequestLoop({ application, answers, page, threads, multiprocess });
    readFrames(
      requests,
      (type, ...rest) => (type >= ANSWER ? calls.frame(type, ...rest) : loop.frame(type, ...rest)),
      (error) => {
        throw error;
      },
    );
    requests.once("end", () => void loop.finish().then(() => endProcess(answering)));
    answers.json(READY, 0, {
      runtime: "Node",
      python: process.execPath,
      version: process.versions.node,
      scriptName: process.env.SCRIPT_NAME ?? "",
      importMs: Math.round(performance.now() - began),
    } satisfies WorkerFacts);
  } catch (error) {
    const failed = error instanceof QuintetError ? error : null;
    answers.json(FAILED, 0, {
      code: failed?.code ?? "QUINTET_WSGI_FILE",
      message: cut(failed?.message ?? String(error), 2),
      trace: cut(failed?.detail ?? (error instanceof Error ? (error.stack ?? "") : ""), 2),
      python: process.execPath,
    } satisfies WorkerFailure);
    process.exitCode = BOOT_FAILED;
    requests.end();
    setTimeout(() => process.exit(BOOT_FAILED), FAILED_EXIT_DELAY_MS);
  }
}

// As always in Node, an error thrown outside a request (in a timer or an event) leaves the process in an unknown state. So it
// ends the worker, its stack is logged, and the server replaces the worker.
await main();
