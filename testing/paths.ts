import { existsSync } from "node:fs";
import { join } from "node:path";

/** The repository. */
export const root: string = join(import.meta.dirname, "..");
/** The command as a user starts it. */
export const command: string = join(root, "bin", "quintet.js");
/** Small Python applications, many of them misbehaving. */
export const apps: string = join(root, "tests", "apps");
export const oms: string = join(root, "examples", "oms");
/** A small Django project. */
export const site: string = join(apps, "site");

/** The tests' own virtual environment, made by scripts/test.ts. */
export const python: string = join(root, ".venv", "bin", "python");
if (!existsSync(python)) throw new Error("There is no .venv; npm test makes it.");

/** In CI nothing may be skipped. */
export const inCI: boolean = Boolean(process.env.CI);
