import { isIP } from "node:net";
import { hasSteps } from "../../shared/by-path.ts";

/**
 * Whether a text can be the path below which an application is: empty, or a path. It comes first in the links of pages, where
 * `//host` and `/\\host` would lead to another host.
 */
export function isPrefix(text: string): boolean {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  return /^(\/[^?#*\\\u0000-\u0020\u007f]*)?$/.test(text) && !/%00/.test(text) && !hasSteps(text);
}

/** What an item of forwardedAllowIps should be, as a message says it. */
export const TRUSTED_FORMS: string =
  "an address such as 10.0.0.1 or ::1, a network such as 10.0.0.0/8, unix, or *";

/** Whether each part of a comma-separated text is one of those. */
export function isTrusted(text: string): boolean {
  return partsOf([text]).every((part) => part === "*" || part === "unix" || networkOf(part));
}

export interface Network {
  address: string;
  bits: number;
  family: "ipv4" | "ipv6";
}

export function partsOf(items: readonly string[]): string[] {
  // An empty one is for nobody.
  const given = items.filter((item) => item.trim() !== "");
  return given.flatMap((item) => item.split(",").map((part) => part.trim()));
}

export function networkOf(text: string): Network | null {
  const [address = "", bits, ...more] = text.split("/");
  const version = isIP(address);
  if (version === 0 || address.includes("%") || more.length > 0) return null;
  const most = version === 4 ? 32 : 128;
  if (bits !== undefined && !/^\d{1,3}$/.test(bits)) return null;
  const length = bits === undefined ? most : Number(bits);
  if (length > most) return null;
  return { address, bits: length, family: version === 4 ? "ipv4" : "ipv6" };
}
