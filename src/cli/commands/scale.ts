import { QuintetError } from "../../shared/errors.ts";
import type { Command } from "../command.ts";
import { ask } from "../control-client.ts";
import { findServer, nameOf, print, SERVER_FLAGS } from "../running-server.ts";

export const scale: Command = {
  name: "scale",
  usage: "N [--pid PID]",
  summary: "Run N workers until the next reload or upgrade.",
  details: "",
  maxWords: 1,
  ...SERVER_FLAGS,
  async run(invocation) {
    const [given = ""] = invocation.words;
    if (!/^\d{1,4}$/.test(given) || Number(given) < 1) {
      const message = given
        ? `${JSON.stringify(given)} is not a number of workers.`
        : "The number of workers is missing.";
      throw new QuintetError("QUINTET_USAGE", message, { advice: "For example: quintet scale 4" });
    }
    const { socket, status } = await findServer(invocation);
    await ask(socket, { do: "scale", workers: Number(given) });
    print(`${given} workers of ${nameOf(status)}, until the next reload or upgrade`);
  },
};
