import type { Case } from "../case.ts";
import { fail, refuses, refusesAll, same, serves } from "./expect.ts";
import { newMark, type Seen, seen, send } from "./wire.ts";

/** A request with these lines in its head. */
const head =
  (...lines: string[]) =>
  (mark: string): string =>
    [`GET /${mark} HTTP/1.1`, "Host: a.example", ...lines, "", ""].join("\r\n");

/** What the application sees of these, if the server lets them through. */
async function mayServe(
  subject: Parameters<Case["check"]>[0],
  ...lines: string[]
): Promise<Seen | undefined> {
  const mark = newMark();
  await send(subject, head(...lines)(mark));
  return (await seen(subject, mark))[0];
}

/** Header fields, and what becomes of them in the environ. */
export const fieldCases: Case[] = [
  {
    id: "field-space-before-colon",
    section: "RFC 9112, section 5.1",
    rule: "Whitespace between a field name and its colon gets 400.",
    check: (subject) =>
      refusesAll(subject, [head("X-A : 1"), head("X-A\t: 1"), head("Content-Length : 0")], [400]),
  },
  {
    id: "field-name-malformed",
    section: "RFC 9110, section 5.1",
    rule: "A field name that is not a token is refused.",
    check: (subject) =>
      refusesAll(
        subject,
        [": 1", "X A: 1", "X(A): 1", "X\x00A: 1", "X\xe4: 1", "X-A", '"X": 1'].map((line) =>
          head(line),
        ),
      ),
  },
  {
    id: "field-control-characters",
    section: "RFC 9110, section 5.5",
    rule: "CR, LF and NUL in a value are refused or replaced by a space.",
    async check(subject) {
      for (const bad of ["a\x00b", "a\rb", "a\r\rb"]) {
        const request = await mayServe(subject, `X-A: ${bad}`);
        const value = request?.environ["HTTP_X_A"] ?? "";
        if (/[\0\r\n]/.test(value)) fail(`HTTP_X_A is ${JSON.stringify(value)}`);
      }
    },
  },
  {
    id: "field-folded",
    section: "RFC 9112, section 5.2",
    rule: "A folded value is refused with 400, or unfolded with spaces.",
    async check(subject) {
      const request = await mayServe(subject, "X-A: one", " two");
      if (request === undefined) await refuses(subject, head("X-A: one", " two"), [400]);
      else if (!/^one +two$/.test(request.environ["HTTP_X_A"] ?? "")) {
        fail(`HTTP_X_A is ${JSON.stringify(request.environ["HTTP_X_A"])}`);
      }
    },
  },
  {
    id: "field-space-before-first",
    section: "RFC 9112, section 2.2",
    rule: "Whitespace before the first field is refused, or that line is ignored.",
    async check(subject) {
      const mark = newMark();
      await send(subject, `GET /${mark} HTTP/1.1\r\n X-A: 1\r\nHost: a.example\r\n\r\n`);
      const [request] = await seen(subject, mark);
      if (request?.environ["HTTP_X_A"] !== undefined) fail("the field is in the environ");
    },
  },
  {
    id: "field-variable",
    section: "RFC 3875, section 4.1.18",
    rule: "A field becomes HTTP_ plus its name in upper case with underscores; its value is trimmed.",
    async check(subject) {
      const lines = ["X-Forwarded-For: 10.0.0.1", "aCCEPT-language: \t de \t", "X-Empty:"];
      const { environ } = (await serves(subject, head(...lines))).request;
      same(environ["HTTP_X_FORWARDED_FOR"], "10.0.0.1", "HTTP_X_FORWARDED_FOR");
      same(environ["HTTP_ACCEPT_LANGUAGE"], "de", "HTTP_ACCEPT_LANGUAGE");
      same(environ["HTTP_X_EMPTY"], "", "HTTP_X_EMPTY");
    },
  },
  {
    id: "field-latin-1",
    section: 'PEP 3333, "Unicode Issues"; RFC 9110, section 5.5',
    rule: "Bytes above 127 in a value arrive as one character each.",
    async check(subject) {
      const { environ } = (await serves(subject, head("X-Name: J\xfcrgen \xe2\x82\xac"))).request;
      same(environ["HTTP_X_NAME"], "J\xfcrgen \xe2\x82\xac", "HTTP_X_NAME");
    },
  },
  {
    id: "field-repeated",
    section: "RFC 9110, section 5.3",
    rule: "The values of a repeated field are joined by commas, in their order.",
    async check(subject) {
      const { environ } = (await serves(subject, head("X-A: 1", "X-B: b", "x-a: 2", "X-A: 3")))
        .request;
      same((environ["HTTP_X_A"] ?? "").replaceAll(" ", ""), "1,2,3", "HTTP_X_A");
      same(environ["HTTP_X_B"], "b", "HTTP_X_B");
    },
  },
  {
    id: "field-cookie",
    section: "RFC 6265, section 5.4; RFC 9113, section 8.2.3",
    rule: "Several Cookie lines are joined by a semicolon: a comma would be part of a value.",
    async check(subject) {
      const { environ } = (await serves(subject, head("Cookie: a=1", "Cookie: b=2"))).request;
      same(environ["HTTP_COOKIE"], "a=1; b=2", "HTTP_COOKIE");
    },
  },
  {
    id: "field-underscore",
    section: "RFC 3875, section 4.1.18",
    rule: "X_Forwarded_For cannot impersonate X-Forwarded-For: each variable has one source.",
    async check(subject) {
      for (const [first, second] of [
        ["X_Forwarded_For: evil", "X-Forwarded-For: good"],
        ["X-Forwarded-For: good", "X_Forwarded_For: evil"],
      ]) {
        const request = await mayServe(subject, first as string, second as string);
        const value = request?.environ["HTTP_X_FORWARDED_FOR"] ?? "";
        if (value.includes("evil")) fail(`HTTP_X_FORWARDED_FOR is ${JSON.stringify(value)}`);
      }
      const alone = await mayServe(subject, "X_Forwarded_For: evil");
      if (alone?.environ["HTTP_X_FORWARDED_FOR"] === "evil") fail("alone it is in the environ");
    },
  },
  {
    id: "field-proxy",
    section: "CVE-2016-5385 and its like; RFC 3875, section 4.1.18",
    rule: "Proxy never becomes HTTP_PROXY, which libraries treat as a proxy's address.",
    async check(subject) {
      for (const name of ["Proxy", "PROXY", "proxy"]) {
        const request = await mayServe(subject, `${name}: http://evil.example/`);
        if (request && "HTTP_PROXY" in request.environ) fail(`${name}: HTTP_PROXY is set`);
      }
    },
  },
  {
    id: "field-content-type-doubled",
    section: "RFC 9110, sections 5.3 and 8.3",
    rule: "Two Content-Type lines are refused, because it is unclear which one a reader uses.",
    check: (subject) =>
      refuses(subject, head("Content-Type: text/plain", "Content-Type: text/html")),
  },
  {
    id: "field-content",
    section: 'PEP 3333, "environ Variables"',
    rule: "Content-Type and Content-Length become CONTENT_TYPE and CONTENT_LENGTH, without HTTP_.",
    async check(subject) {
      const { request } = await serves(
        subject,
        (mark) =>
          `POST /${mark} HTTP/1.1\r\nHost: a.example\r\nContent-Type: text/x; a=b\r\nContent-Length: 3\r\n\r\nabc`,
      );
      same(request.environ["CONTENT_TYPE"], "text/x; a=b", "CONTENT_TYPE");
      same(request.environ["CONTENT_LENGTH"], "3", "CONTENT_LENGTH");
      const doubled = ["HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH"].filter(
        (name) => name in request.environ,
      );
      same(doubled, [], "what has HTTP_ nevertheless");
    },
  },
  {
    id: "fields-too-large",
    section: "RFC 9110, section 5.4; RFC 6585, section 5",
    rule: "Fields that are too large get a 4xx.",
    async check(subject) {
      const large = head(`X-Large: ${"x".repeat(1_000_000)}`);
      const many = head(...Array.from({ length: 40_000 }, (_, index) => `X-${index}: 1`));
      const statuses = Array.from({ length: 32 }, (_, index) => 400 + index);
      await refuses(subject, large, statuses);
      await refuses(subject, many, statuses);
    },
  },
];
