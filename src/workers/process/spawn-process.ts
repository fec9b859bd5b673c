import { ChildProcess, spawn } from "node:child_process";
import { reportIfNoDescriptor } from "../../shared/descriptors.ts";
import { rawVariables } from "../../shared/raw-environment.ts";
import type { MadePipes } from "./output-pipes.ts";
import type { ProcessStartUp } from "../../wire/start-up.ts";
import type { SupervisedProcess } from "./supervised-process.ts";

/** How to start Python, or Node, with our code. */
export interface Command {
  command: string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
}

/**
 * Start a child process in a process group of its own, so that Ctrl-C on the terminal reaches only the front.
 *
 * @param pipes what the child prints to; null for pipes made by Node
 * @param owner is notified of its output and its exit
 */
export function spawnProcess(
  options: Command,
  startUp: ProcessStartUp,
  pipes: MadePipes | null,
  owner: SupervisedProcess,
): ChildProcess {
  const child = trySpawn(options, startUp, pipes?.writing);
  child.on("error", (error) => {
    reportIfNoDescriptor(error, "start a process");
    if (child.pid === undefined) owner.output.exit({ code: null, signal: null, error });
  });
  child.on("exit", (code, signal) => owner.output.exit({ code, signal, error: null }));
  child.stdin?.on("error", () => {});
  const { stdout, stderr } = pipes?.read(child.pid) ?? child;
  if (stdout) owner.output.read(stdout, "stdout");
  if (stderr) owner.output.read(stderr, "stderr");
  owner.started(child.pid ?? 0);
  return child;
}

/**
 * Without a free descriptor, or without memory, spawn() throws or returns a process without pipes. In these cases this returns
 * a process that emits the error.
 */
function trySpawn(
  { command, cwd, env }: Command,
  startUp: ProcessStartUp,
  [stdout, stderr]: (number | "pipe")[] = ["pipe", "pipe"],
): ChildProcess {
  const [program = "", ...args] = command;
  try {
    return spawn(program, args, {
      cwd,
      env: { ...env, QUINTET_WORKER: JSON.stringify({ ...startUp, raw: rawVariables(env) }) },
      detached: true,
      stdio: ["pipe", stdout, stderr],
    });
  } catch (error) {
    const failed = new ChildProcess();
    process.nextTick(() => failed.emit("error", error));
    return failed;
  }
}
