import { spawn } from "node:child_process";
import { join } from "node:path";
import { styleText } from "node:util";
import { fail, root } from "./steps.ts";

const tool = (name: string): string => join(root, "node_modules", ".bin", name);
const python = (name: string): string => join(root, ".venv", "bin", name);

/** Checks of the sources before any test runs. */
const CHECKS: { what: string; command: string[] }[] = [
  { what: "Types", command: [tool("tsc"), "--noEmit"] },
  {
    what: "Types of what is published",
    command: [tool("tsc"), "--noEmit", "--project", "tsconfig.build.json"],
  },
  { what: "Lint", command: [tool("oxlint"), "--deny-warnings"] },
  { what: "Format", command: [tool("oxfmt"), "--check", "."] },
  { what: "Python: lint", command: [python("ruff"), "check", "."] },
  { what: "Python: format", command: [python("ruff"), "format", "--check", "."] },
  { what: "Python: types", command: [python("mypy")] },
  {
    what: "Reference docs are up to date",
    command: [process.execPath, "scripts/reference.ts", "--check"],
  },
  {
    what: "Structure: imports point down",
    command: [process.execPath, "scripts/structure.ts", "--check"],
  },
];

/** Run all checks at once. Ends this process, with what they wrote, if one of them fails. */
export async function check(): Promise<void> {
  process.stdout.write("Checking the sources …\n");
  const failed: string[] = [];
  await Promise.all(
    CHECKS.map(async ({ what, command }) => {
      const began = performance.now();
      const { code, output } = await toItsEnd(command);
      const seconds = ((performance.now() - began) / 1000).toFixed(1);
      const mark = code === 0 ? styleText("green", "✓") : styleText("red", "✗");
      process.stdout.write(`${mark} ${what} (${seconds} s)\n${code === 0 ? "" : output}`);
      if (code !== 0) failed.push(what);
    }),
  );
  if (failed.length > 0) fail(`${failed.join(", ")}: see above`);
}

async function toItsEnd(command: string[]): Promise<{ code: number | null; output: string }> {
  const [program, ...args] = command;
  const child = spawn(program as string, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  child.stdout.on("data", (chunk) => (output += chunk));
  child.stderr.on("data", (chunk) => (output += chunk));
  child.on("error", (error) => (output += `${error.message}\n`));
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { code, output };
}
