import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder that Python runs: python/quintet of the repository, or of the installed package. */
export const pythonPackage: string = findPackage();

function findPackage(): string {
  const here = fileURLToPath(new URL(".", import.meta.url));
  // This file is two folders down: in src/shared/ of the repository, or in dist/shared/ of the package.
  return join(here, "..", "..", "python", "quintet");
}
