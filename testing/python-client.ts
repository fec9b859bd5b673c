import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { python, root } from "./paths.ts";

const script = join(root, "tests", "clients", "client.py");

/** What tests/clients/client.py saw: the answer to each step, and how many connections it made. */
export async function pythonClient(
  ...args: string[]
): Promise<{ saw: string[]; connections: number }> {
  const { stdout } = await promisify(execFile)(python, [script, ...args]);
  return JSON.parse(stdout) as { saw: string[]; connections: number };
}
