// npm run docs: writes the files that are made from tables in the sources. --check only compares.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { commandsPage } from "./lib/commands-reference.ts";
import { errorsPage } from "./lib/errors-reference.ts";
import { settingsPage, settingsTypes } from "./lib/settings-reference.ts";
import { fail, root } from "./lib/steps.ts";

const isCheck = process.argv.includes("--check");
const files: Record<string, string> = {
  "docs/reference/settings.md": settingsPage(),
  "docs/reference/commands.md": commandsPage(),
  "docs/reference/errors.md": errorsPage(),
  "src/config/settings.ts": settingsTypes(),
};
for (const [name, text] of Object.entries(files)) {
  const file = join(root, name);
  if (!isCheck) writeFileSync(file, text);
  else if (readFileSync(file, "utf8") !== text) fail(`${name} is out of date. Run: npm run docs`);
}
