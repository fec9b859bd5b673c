import { checkShape, isNumber } from "../../shared/message-shape.ts";
import { serverCommand } from "../server-command.ts";
import type { Command } from "../command.ts";

export const reload: Command = serverCommand(
  {
    name: "reload",
    usage: "[--pid PID]",
    summary: "Load the application again without losing a request.",
    details:
      "Reads the settings again as well. Returns when the new workers serve. If they cannot start, nothing changes and the command says why.",
    maxWords: 0,
  },
  async ({ socket, status }, { askForChange, nameOf, print }) => {
    const answer = await askForChange(socket, "reload");
    const { generation, seconds } = checkShape<{ generation: number; seconds: number }>(
      answer,
      "its answer",
      { generation: isNumber, seconds: isNumber },
    );
    print(`generation ${generation} of ${nameOf(status)} serves, after ${seconds.toFixed(2)} s`);
  },
);
