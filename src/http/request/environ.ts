import type { IncomingMessage } from "node:http";
import type { Place, Prefix } from "../proxy/prefix.ts";
import {
  checkExpectation,
  checkFragment,
  checkHasHost,
  checkHost,
  checkTransferEncoding,
  checkVersion,
  repeatedHeader,
} from "./head-checks.ts";
import { headerName } from "./header-names.ts";
import {
  checkBodySize,
  checkFieldCount,
  checkFieldSize,
  checkRequestLine,
  type RequestLimits,
} from "./request-limits.ts";
import { decodePath, hostOfTarget, originForm, withScriptName } from "./request-target.ts";

/** How the body of a request is framed (RFC 9112, section 6). */
export type BodyFraming = "none" | "length" | "chunked";

/** A request as CGI variables (PEP 3333, "environ Variables"; RFC 3875). */
export interface EncodedEnviron {
  /** Name, NUL, value, NUL …; each character is one byte. */
  text: string;
  framing: BodyFraming;
  /** SCRIPT_NAME and PATH_INFO, decoded; `*` if that is the target. */
  path: string;
  /** The path of the request itself: without a prefix that a proxy has stripped. */
  ownPath: string;
  /** The client offers another protocol. */
  upgrade: boolean;
  place: Place;
}

/** The number of requests so far. */
let requests = 0;

/**
 * Encodes a request as CGI variables, and rejects what node:http accepts and an application must not see: see head-checks.ts.
 *
 * @param given where the application is mounted, and the request target below it
 * @param prefix splits the target; null if the caller has split it
 * @param connection the variables of the connection
 * @throws {RequestError}
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
  checkVersion(request, method);
  checkRequestLine(method.length, given.scriptName.length + given.url.length, limits.line);
  checkFieldCount(raw.length / 2, limits.fields);
  const requestNumber = ++requests;
  let framing: BodyFraming = "none";
  let length = 0;
  let coding: string | null = null;
  let hasHost = false;
  let upgrade = false;
  let repeated = false;
  let headers = "";
  let proxyScriptName: string | null = null;
  for (let index = 0; index < raw.length; index += 2) {
    const spelling = raw[index] as string;
    const value = raw[index + 1] as string;
    const name = headerName(spelling, requestNumber);
    checkFieldSize(spelling.length + value.length, limits.fieldSize);
    switch (name.meaning) {
      case "":
        break;
      case "host":
        hasHost = true;
        checkHost(value);
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
        if (proxyScriptName !== null) throw repeatedHeader(spelling);
        proxyScriptName = value;
        break;
      default:
    }
    if (name.key === "") continue;
    if (name.lastRequest === requestNumber) repeated = true;
    name.lastRequest = requestNumber;
    headers += name.key + value + "\0";
  }
  const place = prefix === null ? given : prefix.place(given.url, proxyScriptName);
  const { scriptName, url } = place;
  const isPath = url.charCodeAt(0) === 47 || (scriptName !== "" && /^(\?|$)/.test(url));
  const target = isPath ? url : originForm(url, method, scriptName);
  checkFragment(target);
  const mark = target.indexOf("?");
  const path = decodePath(mark < 0 ? target : target.slice(0, mark));
  let text =
    `REQUEST_METHOD\0${method}\0PATH_INFO\0${path}\0` +
    `QUERY_STRING\0${mark < 0 ? "" : target.slice(mark + 1)}\0` +
    `SERVER_PROTOCOL\0HTTP/${request.httpVersion}\0` +
    `REQUEST_URI\0${isPath ? scriptName + url : withScriptName(url, scriptName)}\0` +
    `REQUEST_ID\0${requestId}\0${connection}`;
  const script = scriptName && decodePath(scriptName);
  if (script) text += `SCRIPT_NAME\0${script}\0`;
  checkHasHost(hasHost, request.httpVersionMinor);
  if (coding !== null) {
    checkTransferEncoding(coding, request.httpVersionMinor, framing);
    framing = "chunked";
  }
  if (length > 0) checkBodySize(length, limits.body.of(script + path));
  text += repeated ? joinRepeated(raw, requestNumber) : headers;
  // The last variable of a name wins. The host of the target overrides Host (RFC 9112, section 3.2.2).
  if (!isPath && url !== "*") text += `HTTP_HOST\0${hostOfTarget(url)}\0`;
  const whole = url === "*" ? url : script + path;
  const ownPath = place.where === "stripped" ? path : whole;
  return { text, framing, path: whole, ownPath, upgrade, place };
}

/** The headers as variables, with the values of repeated ones joined. */
function joinRepeated(raw: string[], requestNumber: number): string {
  const values = new Map<string, string>();
  for (let index = 0; index < raw.length; index += 2) {
    const spelling = raw[index] as string;
    const { key, joiner, meaning } = headerName(spelling, requestNumber);
    if (key === "") continue;
    const before = values.get(key);
    if (before !== undefined && (meaning === "host" || meaning === "type")) {
      throw repeatedHeader(spelling);
    }
    const value = raw[index + 1] as string;
    values.set(key, before === undefined ? value : before + joiner + value);
  }
  let text = "";
  for (const [key, value] of values) text += `${key}${value}\0`;
  return text;
}
