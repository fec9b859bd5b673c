import { statSync } from "node:fs";

/**
 * The current folder by the name that the shell knows: of `/srv/shop/current`, a link that each deploy sets anew, the
 * system tells only what it led to when we were started.
 */
export function currentFolder(): string {
  const real = process.cwd();
  const named = process.env.PWD;
  if (!named?.startsWith("/")) return real;
  const [one, other] = [named, real].map((path) => statSync(path, { throwIfNoEntry: false }));
  return one && other && one.ino === other.ino && one.dev === other.dev ? named : real;
}
