import { isIPv6 } from "node:net";

/** `uri-host [ ":" port ]` (RFC 9112, section 3.2; RFC 3986, section 3.2.2), except for an IPv6 address. */
const HOST = /^(?:[\w.~!$&'()*+,;=-]|%[0-9a-f]{2})+(?::\d*)?$/i;
const IP_LITERAL = /^\[([0-9a-f:.]+)\](?::\d*)?$/i;

/** The last valid host. Most requests name the same one, so parsing is skipped for it. */
let latest = "";

/** Whether a Host header, or the authority of a request target, is a host with an optional port. */
export function isHost(text: string): boolean {
  if (text === latest) return text !== "";
  const address = IP_LITERAL.exec(text)?.[1];
  if (address === undefined ? !HOST.test(text) : !isIPv6(address)) return false;
  latest = text;
  return true;
}
