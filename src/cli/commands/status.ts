import { printableJson, printableLines } from "../../shared/printable.ts";
import type { Command } from "../command.ts";
import { SERVER_FLAGS } from "../server-command.ts";

const EXIT_NONE = 1;

export const status: Command = {
  name: "status",
  usage: "[--json] [--pid PID]",
  summary: "Show what the servers of this user are doing.",
  details: "Exits with status 1 if no server runs.",
  maxWords: 0,
  settings: SERVER_FLAGS.settings,
  flags: { json: { doc: "Print JSON." }, ...SERVER_FLAGS.flags },
  async run(invocation) {
    const { chooseServer, ELSEWHERE, print, serversOf, statusText } =
      await import("../running-server.ts");
    const { json, pid } = invocation.flags;
    const servers = await serversOf(invocation);
    const chosen = pid === undefined ? servers.found : [chooseServer(servers, invocation)];
    if (json) {
      const statuses = JSON.stringify(chosen.map((each) => each.status));
      process.stdout.write(`${printableJson(statuses)}\n`);
    } else {
      for (const each of chosen) print(statusText(each.status));
    }
    for (const { message } of servers.silent)
      process.stderr.write(printableLines(`quintet: ${message}\n`));
    if (chosen.length > 0) return;
    if (!json && servers.silent.length === 0)
      process.stderr.write(
        `quintet: this user runs no server with a control socket in ${servers.folder}.\n  ${ELSEWHERE}\n`,
      );
    process.exitCode = EXIT_NONE;
  },
};
