import { existsSync } from "node:fs";
import { join } from "node:path";
import { developmentEnvironment } from "../../testing/environments.ts";
import { root } from "../paths.ts";

/** The Python that runs the applications of both sides: that of the tests, which has Django. */
export async function python(): Promise<string> {
  const found = join(root, ".venv", "bin", "python");
  if (!existsSync(found)) await developmentEnvironment();
  return found;
}
