import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { unescapePath } from "../shared/by-path.ts";
import { checkCoding, checkExpectation, checkLength, checkLine } from "./head.ts";
import { isHost } from "../shared/host.ts";
import { Refusal } from "./refusal.ts";
import type { Place, Prefix } from "./prefix.ts";
import type { RequestLimits } from "./request-limits.ts";

/** How the body of a request is framed. */
export type BodyFraming = "none" | "length" | "chunked";

/** A request as CGI variables (PEP 3333, "environ Variables"; RFC 3875): NUL-separated pairs, one byte a character. */
export interface EncodedEnviron {
  text: string;
  framing: BodyFraming;
  /** SCRIPT_NAME and PATH_INFO; `*` where the target is that. */
  path: string;
  /** The path that the request itself has: without what a proxy has stripped. */
  ownPath: string;
  /** The client offers another protocol. */
  upgrade: boolean;
  place: Place;
}

/** What a header means to the front itself; most mean nothing to it. */
type Meaning = "" | "length" | "coding" | "host" | "type" | "expect" | "upgrade" | "prefix";

interface HeaderName {
  /** The variable and its NUL, or empty for a header that is dropped. */
  key: string;
  /** Between the values of a repeated header. */
  joiner: string;
  meaning: Meaning;
  /** The request it was met in last: finds a repeated header without a search. */
  seenIn: number;
}

const names = new Map<string, HeaderName>();
const NAMES_KEPT = 2000;
let requests = 0;

/** All spellings of a name share one record, so that `Cookie` and `cookie` in one request are seen to be the same. */
function headerName(name: string): HeaderName {
  const lower = name.toLowerCase();
  const known = names.get(lower) ?? classify(lower);
  if (names.size < NAMES_KEPT) {
    names.set(lower, known);
    names.set(name, known);
  } else {
    // What is not kept cannot be recognised when it comes again: have the request looked through.
    known.seenIn = requests;
  }
  return known;
}

const MEANINGS: Record<string, Meaning | undefined> = {
  __proto__: null as never,
  "content-length": "length",
  "content-type": "type",
  "transfer-encoding": "coding",
  host: "host",
  expect: "expect",
  upgrade: "upgrade",
  script_name: "prefix",
};

function classify(lower: string): HeaderName {
  const known: HeaderName = { key: "", joiner: ",", meaning: MEANINGS[lower] ?? "", seenIn: 0 };
  if (lower === "content-length") known.key = "CONTENT_LENGTH\0";
  else if (lower === "content-type") known.key = "CONTENT_TYPE\0";
  // `a_b` and `a-b` would be one variable, so that a client could overwrite what a proxy has set; `Proxy` would become
  // HTTP_PROXY, which HTTP libraries obey (httpoxy).
  else if (!lower.includes("_") && lower !== "proxy" && lower !== "transfer-encoding") {
    known.key = `HTTP_${lower.toUpperCase().replaceAll("-", "_")}\0`;
    if (lower === "cookie") known.joiner = "; ";
  }
  return known;
}

/** The variables of the connection. Computed once for each. */
export function connectionVariables(socket: Socket, scheme: "http" | "https"): string {
  const port = socket.localPort;
  return (
    `SERVER_NAME\0${plainAddress(socket.localAddress) || "localhost"}\0SERVER_PORT\0${port ?? (scheme === "https" ? 443 : 80)}\0` +
    `REMOTE_ADDR\0${clientAddress(socket)}\0REMOTE_PORT\0${socket.remotePort ?? ""}\0` +
    `wsgi.url_scheme\0${scheme}\0`
  );
}

/** The client's address, without the `::ffff:` of an IPv4 address on a socket for both. */
export function clientAddress(socket: Socket): string {
  return plainAddress(socket.remoteAddress);
}

function plainAddress(address: string = ""): string {
  return address.startsWith("::ffff:") && address.includes(".") ? address.slice(7) : address;
}

/**
 * @param given where the application is mounted, and the request target below that
 * @param prefix what is to be split off the target; null where somebody else has seen to that
 * @throws {Refusal} for what node:http lets through and an application is not to see
 */
export function encodeEnviron(
  request: IncomingMessage,
  given: Place,
  prefix: Prefix | null,
  connection: string,
  requestId: string,
  limits: RequestLimits,
): EncodedEnviron {
  const method = request.method as string;
  const raw = request.rawHeaders;
  checkLine(request, method, given.scriptName.length + given.url.length, limits.line);
  if (limits.fields > 0 && raw.length > 2 * limits.fields) {
    throw new Refusal(431, `more than ${limits.fields} header fields`);
  }
  const stamp = ++requests;
  const fieldSize = limits.fieldSize === 0 ? Number.POSITIVE_INFINITY : limits.fieldSize;
  let framing: BodyFraming = "none";
  let length = 0;
  let coding: string | null = null;
  let hasHost = false;
  let upgrade = false;
  let repeated = false;
  let headers = "";
  let proxys: string | null = null;
  for (let index = 0; index < raw.length; index += 2) {
    const spelt = raw[index] as string;
    const value = raw[index + 1] as string;
    const name = names.get(spelt) ?? headerName(spelt);
    if (spelt.length + value.length > fieldSize) {
      throw new Refusal(431, `a header field is larger than ${limits.fieldSize} bytes`);
    }
    switch (name.meaning) {
      case "":
        break;
      case "host":
        hasHost = true;
        if (!isHost(value)) throw new Refusal(400, `Host is ${JSON.stringify(value)}`);
        break;
      case "length":
        framing = "length";
        length = Number(value);
        break;
      case "coding":
        coding = coding === null ? value : `${coding},${value}`;
        break;
      case "expect":
        checkExpectation(value, request.httpVersionMinor);
        break;
      case "upgrade":
        upgrade = true;
        break;
      case "prefix":
        if (!prefix?.trusts(request.socket)) break;
        if (proxys !== null) throw new Refusal(400, `there is more than one ${spelt}`);
        proxys = value;
        break;
      default:
    }
    if (name.key === "") continue;
    if (name.seenIn === stamp) repeated = true;
    name.seenIn = stamp;
    headers += name.key + value + "\0";
  }
  const place = prefix === null ? given : prefix.place(given.url, proxys);
  const { scriptName, url } = place;
  const isPath = url.charCodeAt(0) === 47 || (scriptName !== "" && /^(\?|$)/.test(url));
  const target = isPath ? url : originForm(url, method, scriptName);
  if (target.includes("#")) throw new Refusal(400, "the request target has a fragment");
  const mark = target.indexOf("?");
  const path = decodePath(mark < 0 ? target : target.slice(0, mark));
  let text =
    `REQUEST_METHOD\0${method}\0PATH_INFO\0${path}\0` +
    `QUERY_STRING\0${mark < 0 ? "" : target.slice(mark + 1)}\0` +
    `SERVER_PROTOCOL\0HTTP/${request.httpVersion}\0` +
    `REQUEST_URI\0${isPath ? scriptName + url : asSent(url, scriptName)}\0` +
    `REQUEST_ID\0${requestId}\0${connection}`;
  const script = scriptName && decodePath(scriptName);
  if (script) text += `SCRIPT_NAME\0${script}\0`;
  if (!hasHost && request.httpVersionMinor === 1) throw new Refusal(400, "there is no Host");
  if (coding !== null) {
    checkCoding(coding, request.httpVersionMinor, framing);
    framing = "chunked";
  }
  if (length > 0) checkLength(length, limits.body.of(script + path));
  text += repeated ? joinRepeated(raw) : headers;
  // The last of a name wins. What the target says goes before Host (RFC 9112, section 3.2.2).
  if (!isPath && url !== "*") text += `HTTP_HOST\0${hostOf(url)}\0`;
  const whole = url === "*" ? url : script + path;
  const ownPath = place.where === "stripped" ? path : whole;
  return { text, framing, path: whole, ownPath, upgrade, place };
}

function joinRepeated(raw: string[]): string {
  const values = new Map<string, string>();
  for (let index = 0; index < raw.length; index += 2) {
    const spelt = raw[index] as string;
    const { key, joiner, meaning } = names.get(spelt) ?? headerName(spelt);
    if (key === "") continue;
    const before = values.get(key);
    // Of two, a proxy and an application may each take another one (RFC 9112, section 3.2).
    if (before !== undefined && (meaning === "host" || meaning === "type")) {
      throw new Refusal(400, `there is more than one ${spelt}`);
    }
    const value = raw[index + 1] as string;
    values.set(key, before === undefined ? value : before + joiner + value);
  }
  let text = "";
  for (const [key, value] of values) text += `${key}${value}\0`;
  return text;
}

/**
 * `http://host/path`, which a server must accept (RFC 9112, section 3.2.2), as `/path`. `OPTIONS *` is about the server as
 * a whole and has an empty path (section 3.3).
 */
function originForm(url: string, method: string, scriptName: string): string {
  if (url === "*" && method === "OPTIONS") return "";
  const match = /^https?:\/\/([^/?#]*)(.*)$/i.exec(url);
  if (!match) throw new Refusal(400, `the request target ${JSON.stringify(url)} is not a path`);
  const [, host, rest] = match as unknown as [string, string, string];
  if (!isHost(host)) throw new Refusal(400, `the host of the target is ${JSON.stringify(host)}`);
  return rest.startsWith("/") || scriptName !== "" ? rest : `/${rest}`;
}

/** The target with what was split off it. */
function asSent(url: string, scriptName: string): string {
  return url.replace(/^https?:\/\/[^/?#]*/i, (host) => host + scriptName);
}

function hostOf(url: string): string {
  return /^[^:]+:\/\/([^/?#]*)/.exec(url)?.[1] ?? "";
}

/** Percent-decoded bytes, each as one character, as PEP 3333 wants PATH_INFO. What is no escape stays as it is. */
export function decodePath(path: string): string {
  if (!path.includes("%")) return path;
  const decoded = unescapePath(path);
  if (decoded.includes("\0")) throw new Refusal(400, "the path has a NUL");
  return decoded;
}
