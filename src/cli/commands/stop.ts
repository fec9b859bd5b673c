import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "../command.ts";
import { serverCommand } from "../server-command.ts";

const POLL_INTERVAL_MS = 50;

export const stop: Command = serverCommand(
  {
    name: "stop",
    usage: "[--pid PID]",
    summary: "Finish running requests and stop the server.",
    details: "Does the same as SIGTERM. Returns when the server has ended.",
    maxWords: 0,
  },
  async ({ socket, status }, { ask, nameOf, print }) => {
    await ask(socket, { do: "stop" });
    // A zombie whose parent does not reap it still has its pid, but the server has removed its socket.
    while (existsSync(socket) && isRunning(status.pid)) await sleep(POLL_INTERVAL_MS);
    print(`${nameOf(status)} has stopped`);
  },
);

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
