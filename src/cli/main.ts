import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { explain, QuintetError } from "../shared/errors.ts";
import { nearest } from "../shared/nearest.ts";
import { version } from "../shared/version.ts";
import { commands } from "./commands.ts";
import { commandHelp, helpText } from "./help.ts";
import { parseArguments } from "./parse-arguments.ts";

/** Exit statuses: the command line is wrong; the command failed. */
const EXIT_USAGE = 2;
const EXIT_FAILED = 3;

/** Run a command line. Sets the exit status; the process ends when nothing is left to do. */
export async function main(args: string[]): Promise<void> {
  try {
    await run(args);
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`);
    const isUsage = error instanceof QuintetError && error.code === "QUINTET_USAGE";
    process.exitCode = isUsage ? EXIT_USAGE : EXIT_FAILED;
  }
}

async function run(args: string[]): Promise<void> {
  const parsed = parseArguments(args);
  switch (parsed.kind) {
    case "help":
      process.stdout.write(parsed.command ? commandHelp(parsed.command) : helpText());
      break;
    case "version":
      process.stdout.write(`quintet ${version}, node ${process.versions.node}\n`);
      break;
    case "run": {
      const { command, invocation } = parsed;
      const { words, settings } = invocation;
      if (command.name === "" && words[0] !== undefined)
        refuseMisspeltCommand(words[0], resolve(settings.chdir ?? ""));
      await command.run(invocation);
    }
  }
}

/**
 * Refuse a target that is almost the name of a command, unless there is a module of that name.
 *
 * @throws {QuintetError} QUINTET_USAGE
 */
function refuseMisspeltCommand(word: string, folder: string): void {
  if (/\W/.test(word) || existsSync(join(folder, word)) || existsSync(join(folder, `${word}.py`)))
    return;
  const names = commands.map(({ name }) => name).filter(Boolean);
  const meant = nearest(word, names);
  if (meant === undefined) return;
  const message = `There is no command ${JSON.stringify(word)}, and no module of that name in ${folder}.`;
  throw new QuintetError("QUINTET_USAGE", message, {
    advice: `Did you mean quintet ${meant}? To serve a module from another folder, name its application as well: ${word}:application`,
  });
}
