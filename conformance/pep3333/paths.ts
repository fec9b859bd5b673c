import type { Case, Subject } from "../case.ts";
import type { Question } from "../client.ts";
import { holds, same } from "../expect.ts";
import { environOf } from "./environ.ts";
import { pep } from "./visit.ts";

const SECTION = pep("environ Variables");
const URL = pep("URL Reconstruction");

/** SCRIPT_NAME and PATH_INFO of a request, in one. */
async function pathOf(subject: Subject, target: string): Promise<string> {
  const { variables } = await environOf(subject, target);
  return `${variables.SCRIPT_NAME?.[1] ?? ""}${variables.PATH_INFO?.[1] ?? ""}`;
}

/** The PEP's own algorithm; `quote` leaves what RFC 3986 does not reserve, and the slash. */
async function reconstructed(
  subject: Subject,
  target: string,
  question: Question = {},
): Promise<string> {
  const { variables } = await environOf(subject, target, question);
  const value = (name: string): string => variables[name]?.[1] ?? "";
  const port = value("SERVER_PORT");
  const host = value("HTTP_HOST") || `${value("SERVER_NAME")}${port === "80" ? "" : `:${port}`}`;
  const query = value("QUERY_STRING");
  const path = quote(value("SCRIPT_NAME")) + quote(value("PATH_INFO"));
  return `${value("wsgi.url_scheme")}://${host}${path}${query ? `?${query}` : ""}`;
}

function quote(text: string): string {
  const escape = (each: string): string =>
    `%${each.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
  return text.replaceAll(/[^A-Za-z0-9_.\-~/]/g, escape);
}

export const pathCases: Case[] = [
  {
    id: "path-info-latin-1",
    section: `${SECTION}, "Unicode Issues"`,
    rule: "PATH_INFO is decoded to bytes, each as the character of ISO-8859-1.",
    async check(subject) {
      same("it", await pathOf(subject, "/environ/%C3%BC/%FC"), "/environ/\u00C3\u00BC/\u00FC");
    },
  },
  {
    id: "path-info-decoded",
    section: `${SECTION}; RFC 3875, section 4.1.5`,
    rule: "PATH_INFO is decoded once, and only valid escapes are decoded.",
    async check(subject) {
      same("it", await pathOf(subject, "/environ/a%20b+c/%2541;d=e"), "/environ/a b+c/%41;d=e");
    },
  },
  {
    id: "path-info-untouched",
    section: `${SECTION}; ${URL}`,
    rule: "A trailing slash of PATH_INFO is kept.",
    async check(subject) {
      same("it", await pathOf(subject, "/environ/a/"), "/environ/a/");
      same("without one", await pathOf(subject, "/environ/a"), "/environ/a");
    },
  },
  {
    id: "script-name",
    section: SECTION,
    rule: "SCRIPT_NAME is the application's path without a trailing slash; at the root, it is empty or absent.",
    async check(subject) {
      const { variables } = await environOf(subject, "/environ/a");
      same("SCRIPT_NAME", variables.SCRIPT_NAME?.[1] ?? "", "");
      same("PATH_INFO", variables.PATH_INFO?.[1], "/environ/a");
    },
  },
  {
    id: "url-reconstruction",
    section: URL,
    rule: "The PEP's algorithm reconstructs the requested URL.",
    async check(subject) {
      const target = "/environ/a%20b/%C3%BC/?q=%20x";
      same("the URL", await reconstructed(subject, target), `http://conformance.test${target}`);
    },
  },
  {
    id: "url-reconstruction-without-host",
    section: URL,
    rule: "Without a Host, it gives the server's address: SERVER_NAME and SERVER_PORT.",
    async check(subject) {
      const url = await reconstructed(subject, "/environ/a", { version: "1.0" });
      holds(url.endsWith(`:${subject.port}/environ/a`), "the port is not the server's");
      holds(/^http:\/\/[^/:]+:/.test(url), "SERVER_NAME is no host");
    },
  },
];
