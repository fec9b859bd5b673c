import { checkShape, isNumber } from "../../shared/shape.ts";
import type { Command } from "../command.ts";
import { askForChange, findServer, nameOf, print, SERVER_FLAGS } from "../running-server.ts";

export const reload: Command = {
  name: "reload",
  usage: "[--pid PID]",
  summary: "Load the application again without losing a request.",
  details:
    "Reads the settings again as well. Returns when the new workers serve. If they cannot start, nothing changes and the command says why.",
  maxWords: 0,
  ...SERVER_FLAGS,
  async run(invocation) {
    const server = await findServer(invocation);
    const answer = await askForChange(server.socket, "reload");
    const { generation, seconds } = checkShape<{ generation: number; seconds: number }>(
      answer,
      "its answer",
      { generation: isNumber, seconds: isNumber },
    );
    const what = `generation ${generation} of ${nameOf(server.status)}`;
    print(`${what} serves, after ${seconds.toFixed(2)} s`);
  },
};
