/** @throws {TypeError} for data that is not a Uint8Array; it names the type */
export function checkBytes(data: unknown, who: string): asserts data is Uint8Array {
  if (data instanceof Uint8Array) return;
  const what = typeof data === "object" ? (data?.constructor?.name ?? "null") : `a ${typeof data}`;
  throw new TypeError(`${who} ${what} where PEP 3333 wants bytes (a Uint8Array)`);
}
