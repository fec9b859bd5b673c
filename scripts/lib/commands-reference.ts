import { calledAs, type Command } from "../../src/cli/command.ts";
import { commands } from "../../src/cli/commands.ts";
import { ownFlagUsage, usageOf } from "../../src/cli/help.ts";
import { flagUsage } from "../../src/config/settings/describe.ts";
import { settingsTable } from "../../src/config/settings/table.ts";

/** The text of docs/reference/commands.md. */
export function commandsPage(): string {
  return `# Commands

Made from \`src/cli/commands/\` by \`npm run docs\`.

Each command refuses flags that belong to other commands. \`quintet COMMAND --help\` describes one command,
\`quintet --version\` shows the versions of Quintet and Node. For exit statuses see [errors](errors.md).

${commands.map(section).join("\n")}`;
}

function section(command: Command): string {
  const own = Object.entries(command.flags).map(
    ([name, flag]) => `- \`${ownFlagUsage(name, flag)}\`: ${flag.doc}`,
  );
  const settings =
    command.name === ""
      ? ["- every [setting](settings.md)"]
      : command.settings.map(
          (name) =>
            `- \`${flagUsage(name, settingsTable[name])}\`: the setting [${name}](settings.md#${name.toLowerCase()})`,
        );
  const flags = [...own, ...settings];
  const list = flags.length > 0 ? flags.join("\n") : "It takes no flags.";
  const text = [command.summary, command.details.replaceAll("*", "\\*")].filter(Boolean).join(" ");
  return `## ${calledAs(command)}\n\n\`\`\`sh\n${usageOf(command)}\n\`\`\`\n\n${text}\n\n${list}\n`;
}
