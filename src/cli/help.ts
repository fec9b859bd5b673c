import { defaultText, flagUsage } from "../config/settings/describe.ts";
import { isFlag, type Setting } from "../config/settings/setting.ts";
import { settingGroups, settingsTable } from "../config/settings/table.ts";
import { calledAs, type Command, type OwnFlag } from "./command.ts";
import { commands } from "./commands.ts";

const WIDTH_CHARACTERS = 100;
const INDENT_CHARACTERS = 30;
const HELP = entry("-h, --help", "Show this text.");

/** The text of `quintet --help`. */
export function helpText(): string {
  const [serve] = commands as [Command, ...Command[]];
  const usages = commands.map((command) => entry(usageOf(command), command.summary));
  const groups = settingGroups.map(({ title, settings }) => {
    const entries = Object.entries(settings).map(([name, setting]) => settingEntry(name, setting));
    return `${title}:\n${entries.join("\n")}`;
  });
  return `quintet: run Django, and every other Python WSGI application, from TypeScript

Usage:
${usages.join("\n")}

${wrap(serve.details, 0)}
See quintet COMMAND --help for the flags of a command.

Options:
${flagEntries(serve.flags)}
${HELP}
${entry("--version", "Show the versions of Quintet and Node.")}

${groups.join("\n\n")}

${wrap("Each setting can also be in the config file (gracefulTimeout) or in a variable (QUINTET_GRACEFUL_TIMEOUT). The command line overrides variables, and variables override the file.", 0)}
`;
}

/** The text of `quintet COMMAND --help`. */
export function commandHelp(command: Command): string {
  if (command.name === "") return helpText();
  const settings = command.settings.map((name) => settingEntry(name, settingsTable[name]));
  const flags = [flagEntries(command.flags), ...settings, HELP].filter(Boolean);
  return `Usage: ${usageOf(command)}

${wrap(`${command.summary} ${command.details}`.trim(), 0)}

Options:
${flags.join("\n")}
`;
}

/** Such as `quintet scale N [--pid PID]`. */
export function usageOf(command: Command): string {
  return [calledAs(command), command.usage].filter(Boolean).join(" ");
}

function flagEntries(flags: Command["flags"]): string {
  const all = Object.entries(flags).map(([name, flag]) =>
    entry(ownFlagUsage(name, flag), flag.doc),
  );
  return all.join("\n");
}

/** Such as `-c, --config FILE`. */
export function ownFlagUsage(name: string, { short, placeholder }: OwnFlag): string {
  return `${short ? `-${short}, ` : ""}--${name}${placeholder ? ` ${placeholder}` : ""}`;
}

function settingEntry(name: string, setting: Setting): string {
  const turnsOff = isFlag(setting) && setting.kind === "switch" && setting.default === true;
  const doc = turnsOff ? (setting.docOff ?? setting.doc) : setting.doc;
  const { none } = setting;
  const word = none ? none.text || '""' : "";
  const isNone = setting.default === null;
  const otherwise = `Default: ${defaultText(setting)}${none && isNone ? ` (${word})` : ""}.`;
  const noneText = none && !isNone ? ` ${word} means ${none.means}.` : "";
  return entry(flagUsage(name, setting), `${doc} ${otherwise}${noneText}`);
}

/** A flag or a command, with its description beside it. */
function entry(usage: string, doc: string): string {
  const start = `  ${usage}`;
  const text = wrap(doc, INDENT_CHARACTERS);
  // There is room for it in front of the first line.
  if (start.length < INDENT_CHARACTERS)
    return start.padEnd(INDENT_CHARACTERS) + text.slice(INDENT_CHARACTERS);
  return `${start}\n${text}`;
}

function wrap(text: string, indent: number): string {
  const lines: string[] = [];
  let line = " ".repeat(indent);
  for (const word of text.split(" ")) {
    if (line.length + word.length > WIDTH_CHARACTERS) {
      lines.push(line.trimEnd());
      line = " ".repeat(indent);
    }
    line += `${word} `;
  }
  return [...lines, line.trimEnd()].join("\n");
}
