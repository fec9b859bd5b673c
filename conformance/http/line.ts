import type { Case } from "../case.ts";
import { fail, outcome, refuses, refusesAll, same, serves } from "./expect.ts";
import { newMark, seen, send } from "./wire.ts";

const HOST = "Host: a.example\r\n\r\n";

/** All methods of IANA's registry that node's parser knows, and some that are older. */
const METHODS =
  "ACL BIND CHECKOUT COPY DELETE GET HEAD LINK LOCK M-SEARCH MERGE MKACTIVITY MKCALENDAR MKCOL MOVE OPTIONS PATCH " +
  "POST PROPFIND PROPPATCH PURGE PUT QUERY REBIND REPORT SEARCH TRACE UNBIND UNLINK UNLOCK";

/** The request line: method, target, version. */
export const lineCases: Case[] = [
  {
    id: "method-known",
    section: "RFC 9110, section 9.1",
    rule: "Every registered method reaches the application, which alone knows what it allows.",
    async check(subject) {
      const checks = METHODS.split(" ").map(async (method) => {
        const { request } = await serves(
          subject,
          (mark) => `${method} /${mark} HTTP/1.1\r\nConnection: close\r\n${HOST}`,
          { methods: [method] },
        );
        same(request.method, method, "REQUEST_METHOD");
      });
      await Promise.all(checks);
    },
  },
  {
    id: "method-unknown",
    section: "RFC 9110, section 9.1",
    rule: "A method that the server does not know gets 501, or reaches the application.",
    async check(subject) {
      for (const method of ["BREW", "get", "Get"]) {
        const mark = newMark();
        const exchange = await send(subject, `${method} /${mark} HTTP/1.1\r\n${HOST}`);
        const [request] = await seen(subject, mark);
        if (request) same(request.method, method, "REQUEST_METHOD");
        else if (exchange.answers[0]?.status !== 501) fail(`${method}: ${outcome(exchange)}`);
      }
    },
  },
  {
    id: "method-malformed",
    section: "RFC 9110, section 9.1",
    rule: "A method that is not a token is refused.",
    check: (subject) =>
      refusesAll(
        subject,
        ["G(T", "GE\x00T", "G\xc4T", "", "GET,", '"GET"'].map(
          (method) => (mark) => `${method} /${mark} HTTP/1.1\r\n${HOST}`,
        ),
      ),
  },
  {
    id: "connect",
    section: "RFC 9110, section 9.3.6",
    rule: "CONNECT is for proxies: an origin server refuses it.",
    check: (subject) =>
      refuses(subject, (mark) => `CONNECT ${mark}.example:80 HTTP/1.1\r\n${HOST}`),
  },
  {
    id: "target-asterisk",
    section: "RFC 9112, section 3.2.4",
    rule: "The target * is valid only for OPTIONS.",
    async check(subject) {
      const before = (await seen(subject, "*")).length;
      const exchange = await send(subject, `GET * HTTP/1.1\r\n${HOST}`);
      const after = (await seen(subject, "*")).length;
      if (after > before) fail("the application has seen it");
      if ((exchange.answers[0]?.status ?? 400) < 400 || exchange.hung) fail(outcome(exchange));
    },
  },
  {
    id: "target-authority",
    section: "RFC 9112, section 3.2.3",
    rule: "A target of host and port is valid only for CONNECT.",
    check: (subject) =>
      refusesAll(subject, [
        (mark) => `GET ${mark}.example:80 HTTP/1.1\r\n${HOST}`,
        (mark) => `POST ${mark}:80 HTTP/1.1\r\nContent-Length: 0\r\n${HOST}`,
      ]),
  },
  {
    id: "target-malformed",
    section: "RFC 9112, section 3.2",
    rule: "A target in none of the four forms is refused.",
    check: (subject) =>
      refusesAll(subject, [
        (mark) => `GET ${mark} HTTP/1.1\r\n${HOST}`,
        (mark) => `GET /${mark} /b HTTP/1.1\r\n${HOST}`,
        (mark) => `GET /${mark}\x00 HTTP/1.1\r\n${HOST}`,
        (mark) => `GET /${mark}\r HTTP/1.1\r\n${HOST}`,
        (mark) => `GET /${mark}\x7f HTTP/1.1\r\n${HOST}`,
        (mark) => `GET mailto:${mark} HTTP/1.1\r\n${HOST}`,
      ]),
  },
  {
    id: "target-fragment",
    section: "RFC 9112, section 3.2.1",
    rule: "A target has no fragment: it is refused, or dropped, but never part of the path or the query.",
    async check(subject) {
      const mark = newMark();
      await send(subject, `GET /${mark}?a#b HTTP/1.1\r\n${HOST}`);
      const [request] = await seen(subject, mark);
      if (request) same([request.path, request.query], [`/${mark}`, "a"], "path and query");
    },
  },
  {
    id: "version-other",
    section: "RFC 9110, section 15.6.6",
    rule: "A major version that the server does not speak is refused with 505, or at least as malformed.",
    check: (subject) =>
      refusesAll(
        subject,
        ["HTTP/2.0", "HTTP/3.0", "HTTP/0.9"].map(
          (version) => (mark) => `GET /${mark} ${version}\r\n${HOST}`,
        ),
      ),
  },
  {
    id: "version-malformed",
    section: "RFC 9112, section 2.3",
    rule: "A version consists of HTTP, a slash, a digit, a dot and a digit.",
    check: (subject) =>
      refusesAll(
        subject,
        [
          "http/1.1",
          "HTTP/1",
          "HTTP/1.",
          "HTTP/1,1",
          "HTTP /1.1",
          "HTTP/+1.1",
          "HTTP/1.1x",
          "HTTP/11.1",
          "ICE/1.0",
          "HTTP/1.\xb9",
        ].map((version) => (mark) => `GET /${mark} ${version}\r\n${HOST}`),
      ),
  },
  {
    id: "empty-line-before",
    section: "RFC 9112, section 2.2",
    rule: "An empty line before a request is ignored.",
    async check(subject) {
      await serves(subject, (mark) => `\r\nGET /${mark} HTTP/1.1\r\n${HOST}`);
    },
  },
  {
    id: "line-too-long",
    section: "RFC 9112, section 3",
    rule: "A target that is too long gets 414.",
    check: (subject) =>
      refuses(subject, (mark) => `GET /${mark}/${"x".repeat(60_000)} HTTP/1.1\r\n${HOST}`, [414], {
        answers: 1,
      }),
  },
  {
    id: "line-long-enough",
    section: "RFC 9112, section 3",
    rule: "Request lines of 4,000 bytes are accepted (the RFC recommends 8,000; Gunicorn's default is 4,094).",
    async check(subject) {
      const long = "x".repeat(3900);
      await serves(subject, (mark) => `GET /${mark}?${long} HTTP/1.1\r\n${HOST}`);
    },
  },
];
