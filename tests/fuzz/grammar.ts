import type { Random } from "./random.ts";
import * as words from "./words.ts";

/**
 * What is sent on one connection: mostly requests as clients send them, here and there something odd (RFC 9112). One
 * character is one byte.
 */
export function connection(random: Random): string {
  const count = random.pick([1, 1, 1, 2, 2, 3]);
  return Array.from({ length: count }, () => request(random)).join("");
}

function request(random: Random): string {
  const before = random.mostly("", ["\r\n", "\n", "\r\n\r\n", " ", "\r", "\x00"], 0.03);
  const method = random.mostly(random.pick(words.methods), words.oddMethods, 0.06);
  const target = random.mostly(random.pick(words.targets), words.oddTargets, 0.2);
  const version = random.mostly("HTTP/1.1", words.oddVersions, 0.15);
  const space = (): string => random.mostly(" ", ["  ", "\t", "", "\x0b", " \t"], 0.01);
  const lines = [method + space() + target + space() + version, ...hosts(random)];
  const body = random.chance(0.5) ? random.pick(words.bodies) : null;
  const framed = body === null ? null : framing(random, body);
  for (let count = random.below(4); count > 0; count -= 1)
    lines.push(random.mostly(random.pick(words.headers), words.oddHeaders, 0.12));
  // The position of framing headers must not matter.
  if (framed) lines.splice(1 + random.below(lines.length), 0, ...framed.headers);
  const end = (): string => random.mostly("\r\n", ["\n", "\r", "\r\r\n", "\r\n\r"], 0.004);
  return before + lines.map((each) => each + end()).join("") + end() + (framed?.body ?? "");
}

function hosts(random: Random): string[] {
  const name = (): string => random.mostly("Host", ["host", "HOST", "Host ", "\tHost"], 0.02);
  const one = (): string =>
    `${name()}: ${random.mostly(random.pick(words.hosts), words.oddHosts, 0.04)}`;
  return random.mostly([one()], [[], [one(), one()]], 0.05);
}

interface Framing {
  headers: string[];
  body: string;
}

const KINDS = ["length", "length", "chunked", "chunked", "chunked", "length?", "coding?", "both"];

function framing(random: Random, body: string): Framing {
  const exact = `Content-Length: ${body.length}`;
  const coding = "Transfer-Encoding: chunked";
  const kind = random.pick(KINDS);
  if (kind === "length") return { headers: [exact], body };
  if (kind === "length?") return { headers: oddLength(random, body.length), body };
  let headers = [coding];
  if (kind === "coding?") headers = oddCoding(random);
  if (kind === "both") {
    const zero = "Content-Length: 0";
    headers = random.pick([
      [exact, coding],
      [coding, exact],
      [coding, zero],
      [coding, coding],
    ]);
  }
  return { headers, body: chunks(random, body) };
}

function oddLength(random: Random, length: number): string[] {
  const exact = `Content-Length: ${length}`;
  return random.pick([
    ...words.beforeLength.map((sign) => [`Content-Length: ${sign}${length}`]),
    ...words.afterLength.map((more) => [exact + more]),
    ["Content-Length:"],
    ["Content-Length: \xb2"],
    ["Content-Length: 99999999999999999999"],
    ["Content-Length: 18446744073709551616"],
    [`Content-Length : ${length}`],
    [`Content-Length:${length}`, `content-length: ${length}`],
    [exact, `Content-Length: ${length + 1}`],
    ["Content-Length: 0", exact],
    [`Content-Length: ${length + 5}`],
    [`Content-Length:\r\n ${length}`],
  ]);
}

function oddCoding(random: Random): string[] {
  return random.pick([
    ...words.oddCodings.map((coding) => [`Transfer-Encoding: ${coding}`]),
    ["Transfer-Encoding: gzip", "Transfer-Encoding: chunked"],
    ["Transfer-Encoding: chunked", "Transfer-Encoding: identity"],
    ["Transfer-Encoding: identity", "Transfer-Encoding: chunked"],
    ["Transfer-Encoding : chunked"],
    ["Transfer-Encoding:\r\n chunked"],
    ["Transfer-Encoding\r\n: chunked"],
    [" Transfer-Encoding: chunked"],
  ]);
}

function chunks(random: Random, body: string): string {
  const ends = ["\n", "\r", "", "x\r\n", "\r\n\r\n", "\rX", "  "];
  let text = "";
  for (let at = 0; at < body.length;) {
    const size = 1 + random.below(Math.min(body.length - at, 2000));
    text += sizeLine(random, size) + body.slice(at, at + size) + random.mostly("\r\n", ends, 0.02);
    at += size;
  }
  const last = random.mostly(
    sizeLine(random, 0),
    ["00\r\n", "000000\r\n", "-0\r\n", "", "0"],
    0.05,
  );
  const trailers = random.chance(0.2) ? random.pick(words.trailers) : "";
  return text + last + trailers + random.mostly("\r\n", ["\n", "\r", "", "\rX", "x\r\n"], 0.01);
}

function sizeLine(random: Random, size: number): string {
  const hex = random.pick([size.toString(16), size.toString(16).toUpperCase()]);
  const before = random.mostly("", words.beforeSize, 0.02);
  const extension = random.mostly("", words.extensions, 0.12);
  return before + hex + extension + random.mostly("\r\n", ["\n", "\r", "\r\r\n", "\n\r\n"], 0.01);
}
