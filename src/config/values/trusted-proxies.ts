import { isIP } from "node:net";
import { hasSteps } from "../../shared/by-path.ts";

/**
 * Whether a text can be SCRIPT_NAME: empty, or a path. Applications put it in front of every link, so `//host` and `/\\host`,
 * which lead to another host, are refused.
 */
export function isPrefix(text: string): boolean {
  // oxlint-disable-next-line no-control-regex -- this refuses control characters
  return /^(\/[^?#*\\\u0000-\u0020\u007f]*)?$/.test(text) && !/%00/.test(text) && !hasSteps(text);
}

/** The forms of an item of `forwardedAllowIps`, for --help and errors. */
export const TRUSTED_FORMS: string =
  "an address such as 10.0.0.1 or ::1, a network such as 10.0.0.0/8, unix, or *";

/** Whether each part of a comma-separated text has one of these forms. */
export function isTrusted(text: string): boolean {
  return partsOf([text]).every((part) => part === "*" || part === "unix" || networkOf(part));
}

/** A network in CIDR notation; an address is a network with all its bits. */
export interface Network {
  address: string;
  bits: number;
  family: "ipv4" | "ipv6";
}

/** The parts of comma-separated texts. An empty text has none. */
export function partsOf(items: readonly string[]): string[] {
  const given = items.filter((item) => item.trim() !== "");
  return given.flatMap((item) => item.split(",").map((part) => part.trim()));
}

/** @returns null if the text is not an address or a network */
export function networkOf(text: string): Network | null {
  const [address = "", bits, ...more] = text.split("/");
  const version = isIP(address);
  if (version === 0 || address.includes("%") || more.length > 0) return null;
  const maxBits = version === 4 ? 32 : 128;
  if (bits !== undefined && !/^\d{1,3}$/.test(bits)) return null;
  const length = bits === undefined ? maxBits : Number(bits);
  if (length > maxBits) return null;
  return { address, bits: length, family: version === 4 ? "ipv4" : "ipv6" };
}
