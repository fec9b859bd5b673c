import { checkShape, isNumber, isText } from "../../shared/message-shape.ts";
import type { Command } from "../command.ts";
import { serverCommand } from "../server-command.ts";

export const upgrade: Command = serverCommand(
  {
    name: "upgrade",
    usage: "[--pid PID]",
    summary: "Switch to the version of Quintet that is installed now, without losing a request.",
    details:
      "Returns when fronts of that version serve. If they cannot start, nothing changes and the command says why.",
    maxWords: 0,
  },
  async ({ socket, status }, { askForChange, nameOf, print }) => {
    const answer = await askForChange(socket, "upgrade");
    const { version, seconds } = checkShape<{ version: string; seconds: number }>(
      answer,
      "its answer",
      { version: isText, seconds: isNumber },
    );
    print(`version ${version} serves ${nameOf(status)}, after ${seconds.toFixed(2)} s`);
  },
);
