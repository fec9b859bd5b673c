import { QuintetError } from "../../shared/errors.ts";
import type { Command } from "../command.ts";
import { SERVER_FLAGS } from "../server-command.ts";

export const scale: Command = {
  name: "scale",
  usage: "N [--pid PID]",
  summary: "Run N workers until the next reload or upgrade.",
  details: "",
  maxWords: 1,
  ...SERVER_FLAGS,
  async run(invocation) {
    // Check the number before looking for a server.
    const workers = readNumber(invocation.words[0] ?? "");
    const { ask, findServer, nameOf, print } = await import("../running-server.ts");
    const { socket, status } = await findServer(invocation);
    await ask(socket, { do: "scale", workers });
    print(`${workers} workers of ${nameOf(status)}, until the next reload or upgrade`);
  },
};

/** @throws {QuintetError} QUINTET_USAGE */
function readNumber(given: string): number {
  if (/^\d{1,4}$/.test(given) && Number(given) >= 1) return Number(given);
  const message = given
    ? `${JSON.stringify(given)} is not a number of workers.`
    : "The number of workers is missing.";
  throw new QuintetError("QUINTET_USAGE", message, { advice: "For example: quintet scale 4" });
}
