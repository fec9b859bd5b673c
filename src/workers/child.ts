import { ChildProcess, spawn } from "node:child_process";
import { reportIfNoDescriptor } from "../shared/descriptors.ts";
import { rawVariables } from "../shared/raw-environment.ts";
import type { MadePipes } from "./outputs.ts";
import type { Remains } from "./process-output.ts";

/** How the kernel says that a process ended; both null if nobody has told. */
export interface Exit {
  code: number | null;
  signal: string | null;
  /** It could not even be started. */
  error: Error | null;
  /** It was killed because there was no memory left, by all that can be seen. */
  outOfMemory?: boolean;
}

/** What is needed to start Python, or Node, with what is ours. */
export interface Command {
  command: string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
}

/**
 * Start a process of ours, in a process group of its own: Ctrl-C on the terminal is for the front.
 *
 * @param pipes for one that cannot make its own
 */
export function startChild(
  options: Command,
  startUp: object,
  pipes: MadePipes | null,
  remains: Remains,
  onExit: (exit: Exit) => void,
): ChildProcess {
  const child = spawned(options, startUp, pipes?.writing);
  child.on("error", (error) => {
    reportIfNoDescriptor(error, "start a process");
    if (child.pid === undefined) onExit({ code: null, signal: null, error });
  });
  child.on("exit", (code, signal) => onExit({ code, signal, error: null }));
  child.stdin?.on("error", () => {});
  const { stdout, stderr } = pipes?.read(child.pid) ?? child;
  if (stdout) remains.read(stdout, "stdout");
  if (stderr) remains.read(stderr, "stderr");
  return child;
}

/** Where there is no descriptor or no memory left, Node gives a process without pipes, or throws: then one that says so. */
function spawned(
  { command, cwd, env }: Command,
  startUp: object,
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
    const none = new ChildProcess();
    process.nextTick(() => none.emit("error", error));
    return none;
  }
}
