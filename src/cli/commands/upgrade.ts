import { checkShape, isNumber, isText } from "../../shared/shape.ts";
import type { Command } from "../command.ts";
import { askForChange, findServer, nameOf, print, SERVER_FLAGS } from "../running-server.ts";

export const upgrade: Command = {
  name: "upgrade",
  usage: "[--pid PID]",
  summary: "Switch to the version of Quintet that is installed now, without losing a request.",
  details:
    "Returns when fronts of that version serve. If they cannot start, nothing changes and the command says why.",
  maxWords: 0,
  ...SERVER_FLAGS,
  async run(invocation) {
    const server = await findServer(invocation);
    const answer = await askForChange(server.socket, "upgrade");
    const { version, seconds } = checkShape<{ version: string; seconds: number }>(
      answer,
      "its answer",
      { version: isText, seconds: isNumber },
    );
    print(`version ${version} serves ${nameOf(server.status)}, after ${seconds.toFixed(2)} s`);
  },
};
