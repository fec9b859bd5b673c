import type { Command } from "./command.ts";
import type { Found } from "./control-client.ts";

type RunningServer = typeof import("./running-server.ts");

/** The flags of every command that addresses a running server. */
export const SERVER_FLAGS: Pick<Command, "flags" | "settings"> = {
  flags: {
    pid: {
      placeholder: "PID",
      doc: "Process id of the server. Default: the server of this folder, or the only one.",
    },
  },
  settings: ["control", "chdir"],
};

/**
 * A command that asks one running server for something.
 *
 * @param run gets the server, and the module running-server.ts, which is loaded only here because serving does not need it
 */
export function serverCommand(
  declared: Pick<Command, "name" | "usage" | "summary" | "details" | "maxWords">,
  run: (server: Found, tools: RunningServer) => Promise<void>,
): Command {
  return {
    ...declared,
    ...SERVER_FLAGS,
    async run(invocation) {
      const tools = await import("./running-server.ts");
      await run(await tools.findServer(invocation), tools);
    },
  };
}
