import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { explain, QuintetError } from "../shared/errors.ts";
import { type Arguments, parseArguments } from "./parse-arguments.ts";
import { reload, scale, status, stop, upgrade } from "./running-server.ts";
import { exportWsgi } from "./commands/export.ts";
import { helpText } from "./help.ts";
import { init } from "./commands/init.ts";
import { nearest } from "../shared/nearest.ts";
import { version } from "../shared/version.ts";
import { serve } from "./commands/serve.ts";

/** Exit statuses: the command line is wrong; the application or the address cannot be had. */
const USAGE = 2;
const BOOT = 3;

/** Commands that speak to a server that runs. */
const control: Record<string, (args: Arguments) => Promise<void>> = {
  status,
  reload,
  upgrade,
  scale,
  stop,
};

/** Run a command line. Sets the exit status; the process ends when nothing is left to do. */
export async function main(args: string[]): Promise<void> {
  try {
    await command(args);
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`);
    const usage = error instanceof QuintetError && error.code === "QUINTET_USAGE";
    process.exitCode = usage ? USAGE : BOOT;
  }
}

async function command(argv: string[]): Promise<void> {
  const args = parseArguments(argv);
  if (args.help) return void process.stdout.write(helpText());
  if (args.version) return void process.stdout.write(versionText());
  const [first, ...rest] = args.words;
  const extra = rest[first === "export" ? 2 : first === "init" || first === "scale" ? 1 : 0];
  if (extra !== undefined) {
    throw new QuintetError("QUINTET_USAGE", `What is ${JSON.stringify(extra)} for?`, {
      advice: "One target at a time. See: quintet --help",
    });
  }
  if (first === "init") return init(rest[0] ?? ".", args.settings.python);
  if (first === "export") return exportWsgi(rest[0], rest[1]);
  const asked = first === undefined ? undefined : control[first];
  if (first !== undefined && !asked) checkCommand(first, resolve(args.settings.chdir ?? ""));
  await (asked ?? serve)(args);
}

/** @throws {QuintetError} QUINTET_USAGE for what looks like a command misspelt, where no module of that name lies */
function checkCommand(word: string, folder: string): void {
  if (/\W/.test(word) || existsSync(join(folder, word)) || existsSync(join(folder, `${word}.py`)))
    return;
  const meant = nearest(word, ["init", "export", ...Object.keys(control)]);
  if (meant === undefined) return;
  const message = `There is no command ${JSON.stringify(word)}, and no module of that name in ${folder}.`;
  throw new QuintetError("QUINTET_USAGE", message, {
    advice: `Did you mean quintet ${meant}? A module elsewhere is named with its application: ${word}:application`,
  });
}

function versionText(): string {
  return `quintet ${version}, node ${process.versions.node}\n`;
}
