import type { ByPath } from "../../shared/by-path.ts";

/** The same values with 0 for null: inside the server 0 means "no limit". */
export function nullAsZero(given: ByPath<number | null>): ByPath<number> {
  if (typeof given !== "object" || given === null) return given ?? 0;
  const pairs = Object.entries(given).map(([pattern, value]) => [pattern, value ?? 0] as const);
  return Object.fromEntries(pairs);
}
