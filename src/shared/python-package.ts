import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder that Python is given to start: python/quintet, of the repository or of the installed package. */
export const pythonPackage: string = findPackage();

function findPackage(): string {
  const here = fileURLToPath(new URL(".", import.meta.url));
  // src/shared/ in the repository, dist/shared/ in the package: both two folders down.
  return join(here, "..", "..", "python", "quintet");
}
