/**
 * Whether this is the repository, whose sources run as they are, or what was built from them. Other Node processes that
 * we start are told to do the same.
 */
const isSource = import.meta.url.endsWith(".ts");

/** The flags for another Node process: `quintet/django` means the sources too. */
export const sourceFlags: string[] = isSource ? ["--conditions=quintet-source"] : [];

/** The file of a module of ours. */
export function sourceName(module: string): string {
  return `${module}.${isSource ? "ts" : "js"}`;
}
