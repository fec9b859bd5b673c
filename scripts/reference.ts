// npm run docs: the pages of docs/reference and the parts of python/quintet that are made from tables in the sources. --check only
// compares.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { defaultText } from "../src/cli/help.ts";
import { errorCodes } from "../src/shared/errors.ts";
import { flagName, variableName } from "../src/config/names.ts";
import { isFlag, type Setting, settingNames, settingsTable } from "../src/config/table.ts";
import { pythonFiles } from "./lib/python-tables.ts";
import { fail, root } from "./lib/steps.ts";
import { wirePage } from "./lib/wire-page.ts";

function settingsPage(): string {
  const sections = settingNames.map((name) => {
    const setting = settingsTable[name] as Setting<unknown>;
    const flag = isFlag(setting)
      ? `--${flagName(name)}, --no-${flagName(name)}`
      : `--${flagName(name)} ${setting.value ?? ""}`;
    const short = setting.short ? `-${setting.short}, ` : "";
    const choices = setting.choices
      ? `\n- values: ${setting.choices.map((each) => `\`${each}\``).join(", ")}`
      : "";
    const unit =
      setting.kind === "seconds"
        ? " (seconds)"
        : setting.kind === "bytes"
          ? " (bytes; `64k`, `16m`, `4g` on the command line)"
          : "";
    return `## ${name}

${setting.doc}

- command line: \`${short}${flag.trim()}\`
- variable: \`${variableName(name)}\`
- default: ${setting.defaultText ?? `\`${defaultText(setting)}\``}${unit}${choices}
`;
  });
  return `# Settings

Made from \`src/config/table.ts\` by \`npm run docs\`.

A setting is taken from the command line, else from a variable, else from the config file
(\`quintet.config.ts\`, or the one that \`--config\` names), else from the options of the application in
\`wsgi.ts\`, else, for \`bind\` and \`workers\`, from the platform's \`PORT\` and \`WEB_CONCURRENCY\`, else it has its default.

\`\`\`ts
// quintet.config.ts
import { defineConfig } from "quintet/config";

export default defineConfig({ bind: [":8000"], workers: 4, timeout: 60 });
\`\`\`

${sections.join("\n")}`;
}

function errorsPage(): string {
  const rows = Object.entries(errorCodes).map(([code, meaning]) => `| \`${code}\` | ${meaning} |`);
  return `# Errors

Made from \`src/shared/errors.ts\` by \`npm run docs\`.

Every error that a person can meet has a code. It stays the same, and is never used again for something else.
The code stands in the message, in the log (\`code\`) and in the text that a client gets with a 502, 503 or 504.

Exit statuses of \`quintet\`: 0 it was stopped, 1 it was stopped at once, 2 the command line is not understood, 3 a
setting has a wrong value, or the application or the address cannot be had. \`quintet status\` ends with 1 where no
server runs; \`reload\`, \`upgrade\`, \`scale\` and \`stop\` with 3 where nothing was done.

| code | meaning |
| --- | --- |
${rows.join("\n")}
`;
}

const check = process.argv.includes("--check");
for (const [name, text] of [
  ["docs/reference/settings.md", settingsPage()],
  ["docs/reference/errors.md", errorsPage()],
  ["docs/reference/wire.md", wirePage()],
  ...pythonFiles(),
] as const) {
  const file = join(root, name);
  const current = existsSync(file) ? readFileSync(file, "utf8") : "";
  if (check && current !== text) fail(`${name} is not up to date: npm run docs`);
  if (!check && current !== text) writeFileSync(file, text);
}
