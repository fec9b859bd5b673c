/** Conversions from Gunicorn's and uWSGI's values to ours. */

export function toList(theirs: unknown): unknown[] {
  return Array.isArray(theirs) ? theirs : [theirs];
}

/** uWSGI gives memory in megabytes. */
export function toBytesFromMegabytes(theirs: unknown): number {
  return Number(theirs) * 1024 ** 2;
}

export function isTrue(theirs: unknown): boolean {
  return theirs === true || theirs === "true" || theirs === "1";
}
