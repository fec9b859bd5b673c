import type { Case, Subject } from "../case.ts";
import { type Answer, values } from "../client.ts";
import { holds, same } from "../expect.ts";
import { pep, Visit } from "./visit.ts";

const SECTION = pep("The start_response() Callable");

const heads = (subject: Subject, which: string): Promise<Answer> =>
  new Visit(subject).get("heads", which);

/** The heads of the view "refused" that start_response took at the time of the call. */
async function accepted(subject: Subject, kinds: string[]): Promise<string[]> {
  const found: string[] = [];
  for (const kind of kinds) {
    const visit = new Visit(subject);
    await visit.get("refused", kind).catch(() => {});
    if (!visit.notes()[0]?.startsWith("raised")) found.push(kind);
  }
  return found;
}

function refuses(id: string, rule: string, kinds: string[], more: Partial<Case> = {}): Case {
  return {
    id,
    section: SECTION,
    level: "should",
    rule,
    async check(subject) {
      const taken = await accepted(subject, kinds);
      holds(taken.length === 0, `taken by start_response: ${taken.join(", ")}`);
    },
    ...more,
  };
}

const CONTROL = ["crlf", "cr", "lf", "nul", "bell", "del", "trailing"];
const CONTROL_NAMES = ["name-crlf", "name-space", "name-colon", "name-empty"];
const HOPS = [
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "te",
  "trailers",
  "transfer-encoding",
  "upgrade",
];

export const headerCases: Case[] = [
  {
    id: "headers-duplicates-in-order",
    section: `${SECTION}; RFC 9110, section 5.3`,
    rule: "Headers with the same name are all sent, in their order.",
    async check(subject) {
      const answer = await heads(subject, "cookies");
      same("Set-Cookie", values(answer, "set-cookie"), ["a=1", "b=2"]);
      same("X-Between", values(answer, "x-between"), ["x"]);
    },
  },
  {
    id: "headers-latin-1",
    section: pep("Unicode Issues"),
    rule: "A header is sent as ISO-8859-1.",
    async check(subject) {
      same("X-Name", values(await heads(subject, "latin"), "x-name"), ["J\u00FCrgen"]);
    },
  },
  {
    id: "headers-untouched",
    section: pep("Other HTTP Features"),
    level: "should",
    rule: "The server sends the application's content headers unchanged.",
    async check(subject) {
      const answer = await heads(subject, "coded");
      const names = ["content-type", "content-encoding", "etag", "cache-control"];
      const wanted = [["text/plain"], ["x-mine"], ['"a"'], ["no-store"]];
      same(
        "headers",
        names.map((name) => values(answer, name)),
        wanted,
      );
      same("the body", answer.body, "body");
    },
  },
  {
    id: "status-reason-kept",
    section: `${SECTION}, "Other HTTP Features"`,
    level: "should",
    rule: "The application's reason phrase is sent.",
    async check(subject) {
      const answer = await heads(subject, "reason");
      same("status", [answer.status, answer.reason], [200, "Froody"]);
    },
  },
  {
    id: "status-any-code",
    section: pep("Other HTTP Features"),
    level: "should",
    rule: "An unknown status is sent unchanged.",
    async check(subject) {
      const answer = await heads(subject, "unusual");
      same("status", [answer.status, answer.reason], [299, "Unusual"]);
    },
  },
  {
    id: "date-added",
    section: `${SECTION}; RFC 9110, section 6.6.1`,
    rule: "If the application sets no Date, it is added once.",
    async check(subject) {
      const dates = values(await heads(subject, "reason"), "date");
      same("number of Date headers", dates.length, 1);
      holds(Math.abs(Date.parse(dates[0] as string) - Date.now()) < 60_000, `Date: ${dates[0]}`);
    },
  },
  {
    id: "date-kept",
    section: `${SECTION}, "Other HTTP Features"`,
    level: "should",
    rule: "Date is added only if it is absent, in any upper or lower case.",
    async check(subject) {
      const dates = values(await heads(subject, "date"), "date");
      same("number of Date headers", dates.length, 1);
      holds(dates[0] === "Tue, 15 Nov 1994 08:12:31 GMT", "the application's was replaced");
    },
  },
  {
    id: "server-kept",
    section: `${SECTION}, "Other HTTP Features"`,
    level: "should",
    rule: "Server is added only if it is absent, in any upper or lower case.",
    async check(subject) {
      const found = values(await heads(subject, "server"), "server");
      same("number of Server headers", found.length, 1);
      holds(found[0] === "mine/1.0", "the application's was replaced");
    },
  },
  {
    id: "header-names-case-insensitive",
    section: SECTION,
    rule: "Header names are case-insensitive: content-LENGTH and content-TYPE are not added again.",
    async check(subject) {
      const sized = await heads(subject, "length");
      same("Content-Length", values(sized, "content-length"), ["4"]);
      same("the body", sized.body, "body");
      const typed = await heads(subject, "type");
      same("Content-Type", values(typed, "content-type"), ["text/x-mine"]);
    },
  },
  {
    id: "header-injection-never-sent",
    section: SECTION,
    level: "should",
    rule: "A line break in a status, a name or a value never adds a line to the response.",
    async check(subject) {
      for (const kind of ["crlf", "lf", "name-crlf", "status-crlf"]) {
        const answer = await new Visit(subject).get("refused", kind).catch(() => null);
        if (answer) same(`X-Evil after ${kind}`, values(answer, "x-evil"), []);
      }
    },
  },
  refuses(
    "control-in-value-refused",
    "Control characters in a value are refused at the time of the call.",
    CONTROL,
  ),
  refuses(
    "invalid-name-refused",
    "An invalid header name is refused at the time of the call.",
    CONTROL_NAMES,
  ),
  refuses(
    "control-in-status-refused",
    "Control characters in the status are refused at the time of the call.",
    ["status-crlf", "status-lf", "status-nul"],
  ),
  refuses(
    "invalid-status-refused",
    "A status without a three-digit number is refused at the time of the call.",
    ["status-word", "status-short"],
  ),
  refuses(
    "not-latin-1-refused",
    "A character beyond ISO-8859-1 is refused at the time of the call.",
    ["wide", "status-wide", "name-wide"],
    { section: `${pep("Unicode Issues")}, "The start_response() Callable"` },
  ),
  refuses(
    "not-a-string-refused",
    "A status, a name or a value that is not a string is refused at the time of the call.",
    ["number", "none", "bytes", "name-bytes", "status-number", "status-bytes"],
    { section: `${pep("Unicode Issues")}, "The start_response() Callable"` },
  ),
  {
    id: "hop-by-hop-never-sent",
    section: pep("Other HTTP Features"),
    level: "should",
    rule: "A hop-by-hop header from the application never reaches the client; it is refused or dropped.",
    async check(subject) {
      for (const kind of HOPS) {
        const answer = await new Visit(subject).get("refused", kind).catch(() => null);
        const sent = answer ? values(answer, kind) : [];
        // The server has a Connection and a Transfer-Encoding of its own, with the same value, perhaps.
        const mayBeServers = kind === "connection" || kind === "transfer-encoding";
        if (mayBeServers) holds(sent.length < 2, `${kind}: ${sent.join(", ")}`);
        else holds(!sent.includes("close"), `${kind}: ${sent.join(", ")}`);
      }
    },
  },
  refuses("hop-by-hop-refused", "Hop-by-hop headers are refused at the time of the call.", HOPS, {
    onDemand: {
      flag: "--strict-headers",
      reason:
        "An application that works on other servers would get a 500. PEP 3333 allows both, because it only recommends that a server raises an error.",
    },
  }),
];
