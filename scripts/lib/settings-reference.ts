import {
  appliedByText,
  defaultText,
  flagUsage,
  noneFlag,
  typeText,
} from "../../src/config/settings/describe.ts";
import {
  flagName,
  isFlag,
  type Setting,
  type SettingGroup,
  variableName,
} from "../../src/config/settings/setting.ts";
import { settingGroups } from "../../src/config/settings/table.ts";

/** The text of docs/reference/settings.md. */
export function settingsPage(): string {
  return `# Settings

Made from \`src/config/settings/\` by \`npm run docs\`.

Quintet looks for each setting in these places, and the first one wins:

1. the command line: \`--graceful-timeout 60\`
2. an environment variable: \`QUINTET_GRACEFUL_TIMEOUT=60\`
3. the config file: \`quintet.config.ts\` in the folder that is served, or the file that \`--config\` names
4. the options of the application in \`wsgi.ts\`, for the settings marked as such
5. for \`bind\` and \`workers\`, the platform's variables \`PORT\` and \`WEB_CONCURRENCY\`
6. the default

\`\`\`ts
// quintet.config.ts
import { defineConfig } from "quintet/config";

export default defineConfig({ bind: [":8000"], workers: 4, timeout: 60 });
\`\`\`

A setting that can be switched off is \`null\` then: \`timeout: null\`. Flags and variables are text and use the word
shown under *none*, such as \`--timeout 0\`; config files may use it, too.

Durations are seconds. Sizes are bytes; flags and variables also take \`64k\`, \`16m\` and \`4g\`.

A reload applies most changes. Where *applied by* names an upgrade or a restart, a reload keeps the old value and logs
a warning.

${settingGroups.map(groupSection).join("\n")}`;
}

function groupSection({ title, settings }: SettingGroup): string {
  const sections = Object.entries(settings).map(([name, setting]) => settingSection(name, setting));
  return `## ${title}\n\n${sections.join("\n")}`;
}

function settingSection(name: string, setting: Setting): string {
  const { short, choices, none, applicationOption, gunicorn = [], uwsgi = [] } = setting;
  const flag = isFlag(setting)
    ? `${short ? `-${short}, ` : ""}--${flagName(name)}, --no-${flagName(name)}`
    : flagUsage(name, setting);
  const isText = setting.defaultText !== undefined;
  const unit = { seconds: " (seconds)", bytes: " (bytes)" }[setting.kind as string] ?? "";
  const lines = [`command line: \`${flag}\``, `variable: \`${variableName(name)}\``];
  const noneText = `\`null\`, or \`${noneFlag(name, setting)}\`: ${none?.means}`;
  if (setting.default === null) {
    lines.push(`default: ${noneText}`);
  } else {
    lines.push(`default: ${isText ? defaultText(setting) : `\`${defaultText(setting)}\`${unit}`}`);
    if (none) lines.push(`none: ${noneText}`);
  }
  if (choices) lines.push(`values: ${choices.map((each) => `\`${each}\``).join(", ")}`);
  lines.push(`type: \`${typeText(setting)}\``);
  lines.push(`applied by: ${appliedByText(setting)}`);
  if (applicationOption) lines.push("also an option of the application in `wsgi.ts`");
  const others = { Gunicorn: gunicorn, uWSGI: uwsgi };
  for (const [server, names] of Object.entries(others)) {
    const list = names.map((each) => `\`${typeof each === "string" ? each : each.name}\``);
    if (list.length > 0) lines.push(`in ${server}: ${list.join(", ")}`);
  }
  return `### ${name}\n\n${setting.doc}\n\n${lines.map((line) => `- ${line}`).join("\n")}\n`;
}

/** The text of src/config/settings.ts: the types of all settings, with their descriptions for editors. */
export function settingsTypes(): string {
  const all = settingGroups.flatMap(({ settings }) => Object.entries(settings));
  const properties = all.map(
    ([name, setting]) => `${docComment(setting)}\n  ${name}: ${typeText(setting)};`,
  );
  const options = all.filter(([, setting]) => setting.applicationOption);
  return `// Made from src/config/settings/ by \`npm run docs\`.
import type { ByPath } from "../shared/by-path.ts";
import type { HeadersByPath } from "./values/headers.ts";
import type { StaticMap } from "./values/static-map.ts";
import type { Variables } from "./values/variables.ts";
import type { Workers } from "./values/worker-range.ts";

/** All settings of the server, as a config file gives them. Durations are seconds, sizes are bytes. */
export interface Settings {
${properties.join("\n")}
}

/** The settings that are also options of getWsgiApplication() and getPythonApplication(). */
export type ApplicationSetting =
${options.map(([name]) => `  | "${name}"`).join("\n")};
`;
}

const WIDTH_CHARACTERS = 118;

function docComment(setting: Setting): string {
  const { kind, none, doc } = setting;
  const unit = { seconds: "In seconds. ", bytes: "In bytes. " }[kind as string] ?? "";
  const isNone = setting.default === null;
  const noneText = none && !isNone ? `\`null\`: ${none.means}. ` : "";
  const otherwise = isNone ? `\`null\`, ${none?.means}` : defaultText(setting);
  const lines = [...wrapped(doc), "", ...wrapped(`${unit}${noneText}Default: ${otherwise}.`)];
  return ["  /**", ...lines.map((line) => `   * ${line}`.trimEnd()), "   */"].join("\n");
}

function wrapped(text: string): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > WIDTH_CHARACTERS) {
      lines.push(line);
      line = "";
    }
    line += line === "" ? word : ` ${word}`;
  }
  return [...lines, line];
}
