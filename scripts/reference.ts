// npm run docs: writes the files that are made from tables in the sources. --check only compares.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { commandsPage } from "./lib/commands-reference.ts";
import { errorsPage } from "./lib/errors-reference.ts";
import { settingsPage, settingsTypes } from "./lib/settings-reference.ts";
import { pythonFiles } from "./lib/python-tables.ts";
import { fail, root } from "./lib/steps.ts";
import { wirePage } from "./lib/wire-page.ts";

const isCheck = process.argv.includes("--check");
const files: Record<string, string> = {
  "docs/reference/settings.md": settingsPage(),
  "docs/reference/commands.md": commandsPage(),
  "docs/reference/errors.md": errorsPage(),
  "docs/reference/wire.md": wirePage(),
  "src/config/settings.ts": settingsTypes(),
  ...Object.fromEntries(pythonFiles()),
};
for (const [name, text] of Object.entries(files)) {
  const file = join(root, name);
  if (!isCheck) writeFileSync(file, text);
  else if (readFileSync(file, "utf8") !== text) fail(`${name} is out of date. Run: npm run docs`);
}
