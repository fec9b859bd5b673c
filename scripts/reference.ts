// npm run docs: the pages of docs/reference that are made from tables in the sources. --check only compares.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { defaultText } from "../src/cli/help.ts";
import { errorCodes } from "../src/shared/errors.ts";
import { flagName, variableName } from "../src/config/names.ts";
import { isFlag, type Setting, settingNames, settingsTable } from "../src/config/table.ts";
import { fail, root } from "./lib/steps.ts";

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

The first of these that sets a setting wins:

1. the command line
2. the setting's variable
3. the config file: \`quintet.config.ts\`, or the file that \`--config\` names
4. the options of the application in \`wsgi.ts\`
5. for \`bind\` and \`workers\`, the platform's \`PORT\` and \`WEB_CONCURRENCY\`
6. the default

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

Every error that a user can meet has a code, which never changes and is never reused. The code appears in the message, in the
log (\`code\`), and in the body of a 502, 503 or 504 response.

Exit statuses of \`quintet\`:

| status | meaning |
| --- | --- |
| 0 | the server was stopped |
| 1 | the server was stopped at once; for \`quintet status\`, no server is running |
| 2 | the command line is invalid |
| 3 | a setting has a wrong value, or the application or the address is not available; for \`reload\`, \`upgrade\`, \`scale\` and \`stop\`, nothing was done |

| code | meaning |
| --- | --- |
${rows.join("\n")}
`;
}

const check = process.argv.includes("--check");
for (const [name, text] of [
  ["settings.md", settingsPage()],
  ["errors.md", errorsPage()],
] as const) {
  const file = join(root, "docs", "reference", name);
  if (!check) writeFileSync(file, text);
  else if (readFileSync(file, "utf8") !== text)
    fail(`docs/reference/${name} is not up to date: npm run docs`);
}
