import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { python, root, venv } from "./paths.ts";

const requirements = "bench/requirements.txt";
const stamp = join(root, venv, "installed");

/** Runs a step, shown as it would be typed, its output with ours. */
function step(command: string, ...args: string[]): void {
  console.error(`$ ${[command, ...args].join(" ")}`);
  const done = spawnSync(command, args, { cwd: root, stdio: ["ignore", 2, 2] });
  if (done.status !== 0)
    throw new Error(`${command} failed: ${done.error?.message ?? `status ${done.status}`}`);
}

/** bjoern is compiled when it is installed, against the system's libev: without it pip ends in a page of compiler output. */
function requireLibev(): void {
  const compiled = spawnSync("cc", ["-E", "-x", "c", "-", "-o", "/dev/null"], {
    input: "#include <ev.h>\n",
  });
  if (compiled.error)
    throw new Error(
      "a C compiler is missing, which uWSGI and bjoern need: apt-get install build-essential",
    );
  if (compiled.status !== 0)
    throw new Error(
      "bjoern needs the headers of libev: apt-get install libev-dev (or leave bjoern out with --servers)",
    );
}

/**
 * Makes bench/.venv with the pinned peers, when it is missing or the pins have changed. Without bjoern it asks for no
 * libev; a complete environment serves that as well.
 */
export function setUp({ bjoern }: { bjoern: boolean }): void {
  const all = readFileSync(join(root, requirements), "utf8");
  const hash = createHash("sha256").update(all).digest("hex");
  const installed = existsSync(stamp) ? readFileSync(stamp, "utf8") : "";
  if (installed === `${hash} all` || (!bjoern && installed === `${hash} without bjoern`)) return;

  if (bjoern) requireLibev();
  console.error(`making ${venv} with what ${requirements} names`);
  rmSync(join(root, venv), { recursive: true, force: true });
  step(process.env.PYTHON ?? "python3", "-m", "venv", venv);
  const wanted = all
    .split("\n")
    .filter((line) => /^\w/.test(line) && (bjoern || !line.startsWith("bjoern")));
  step(python, "-m", "pip", "install", "--disable-pip-version-check", "--quiet", ...wanted);
  writeFileSync(stamp, `${hash} ${bjoern ? "all" : "without bjoern"}`);
}

/** What is installed, name in lower case to version. */
export function installedVersions(): Record<string, string> {
  const script =
    "import importlib.metadata as m, json; print(json.dumps({d.name.lower(): d.version for d in m.distributions()}))";
  const done = spawnSync(join(root, python), ["-c", script], { encoding: "utf8" });
  if (done.status !== 0) throw new Error(`${python} does not run: ${done.stderr}`);
  return JSON.parse(done.stdout) as Record<string, string>;
}

if (process.argv[1] === import.meta.filename) setUp({ bjoern: true });
