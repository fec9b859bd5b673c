import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { showIfFailed } from "../testing/failure.ts";
import { isAlive } from "../testing/processes.ts";
import { PATIENCE, until } from "../testing/wait.ts";
import { asAccount } from "./account.ts";

/** A server's process, in its own process group with everything it starts. */
export interface HostProcess {
  pid: number;
  output(): string;
  /** The pids of the process and of everything it has started. */
  processes(): number[];
  /** Send it a signal and wait until all its processes are gone; false if it had to be killed, or took longer. */
  stop(signal?: NodeJS.Signals, milliseconds?: number): Promise<boolean>;
}

// The shell outlives the tests, however they end: its input ends with them, then it ends the whole group.
const KEEPER = '"$@" < /dev/null 3>&- & echo $! >&3; exec 3>&-; cat > /dev/null; kill -KILL 0';

export async function startProcess(
  command: string[],
  options: { cwd: string; env: NodeJS.ProcessEnv },
): Promise<HostProcess> {
  const [program, ...args] = asAccount(["sh", "-c", KEEPER, "sh", ...command]);
  const keeper = spawn(program as string, args, {
    ...options,
    detached: true,
    stdio: ["pipe", "pipe", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [keeper.stdout, keeper.stderr]) {
    stream?.on("data", (chunk) => (output += chunk));
  }
  // When the group is killed, nobody reads from the pipe that stop() closes.
  keeper.stdin?.on("error", () => {});
  const pid = await new Promise<number>((resolve, reject) => {
    keeper.once("error", reject);
    keeper.stdio[3]?.once("data", (chunk) => resolve(Number(String(chunk))));
  });
  showIfFailed({ title: command.join(" "), output: () => output, pid });
  const group = keeper.pid as number;
  const gone = new Promise((resolve) => keeper.once("close", resolve));
  const processes = (): number[] => membersOf(group);
  return {
    pid,
    output: () => output,
    processes,
    async stop(signal = "SIGTERM", milliseconds = PATIENCE) {
      let inTime = true;
      if (isAlive(pid)) process.kill(pid, signal);
      try {
        await until(() => processes().length === 0, "all processes have ended", milliseconds);
      } catch {
        inTime = false;
      }
      keeper.stdin?.end();
      await gone;
      return inTime;
    },
  };
}

/** The processes of a group, without the shell that keeps it and the `cat` in that. */
function membersOf(group: number): number[] {
  const found: number[] = [];
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "utf8");
      const program = stat.slice(stat.indexOf("(") + 1, stat.lastIndexOf(")"));
      const [state, parent, pgrp] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      if (Number(pgrp) !== group || state === "Z" || Number(name) === group) continue;
      if (program !== "cat" || Number(parent) !== group) found.push(Number(name));
    } catch {
      // it has just ended
    }
  }
  return found;
}
