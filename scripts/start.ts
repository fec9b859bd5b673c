// npm start: the example, ready to click. Each step runs only if it is needed.
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { styleText } from "node:util";
import { assertNode, root, run, stepOnce } from "./lib/steps.ts";
import { virtualEnvironment } from "./lib/python.ts";

assertNode();
const beforeSetUp = performance.now();
const oms = join(root, "examples", "oms");
const requirements = join(oms, "requirements.txt");
const python = await virtualEnvironment(
  join(oms, ".venv"),
  requirements,
  "Installing Django for the example",
);
const manage = [python, join(oms, "manage.py")];
const settings = [join(oms, "oms", "settings.py"), requirements];
const apps = ["catalog", "customers", "orders"].map((app) => join(oms, app, "migrations"));
const stamps = join(oms, "var", "stamps");
// Users prepare their own database (DATABASE_URL) themselves.
if (!process.env.DATABASE_URL) {
  if (!existsSync(join(oms, "var", "db.sqlite3"))) rmSync(stamps, { recursive: true, force: true });
  await stepOnce("Creating the database", join(stamps, "migrate"), [...apps, ...settings], () =>
    run([...manage, "migrate", "--verbosity", "1"], { cwd: oms }),
  );
  await stepOnce("Filling it with orders", join(stamps, "seed"), [requirements], () =>
    run([...manage, "seed"], { cwd: oms }),
  );
}
await stepOnce(
  "Collecting static files",
  join(stamps, "static"),
  [join(oms, "static"), ...settings],
  () => run([...manage, "collectstatic", "--noinput"], { cwd: oms }),
);

const setUp = performance.now() - beforeSetUp;
const more = process.argv.slice(2);
process.chdir(oms);
const name = styleText("bold", "django");
const password = styleText("bold", "reinhardt");
process.stdout.write(`\n  Log in as ${name}, password ${password}. Ctrl-C stops it.\n\n`);
// The documented command, run in this process to save starting another one.
process.env.PWD = oms;
process.argv.splice(1, process.argv.length, join(root, "bin", "quintet.js"), "wsgi.ts", ...more);
const { startTime } = await import("../src/shared/start-time.ts");
startTime.commandMs += Math.round(setUp);
const { main } = await import("../src/cli/main.ts");
await main(process.argv.slice(2));
