import type { Case } from "../case.ts";
import { refuses, refusesAll, same, serves } from "./expect.ts";

const SECTION = "RFC 9112, section 3.2";

/** The Host header, and what stands for it. */
export const hostCases: Case[] = [
  {
    id: "host-missing",
    section: SECTION,
    rule: "An HTTP/1.1 request without Host gets 400.",
    check: (subject) => refuses(subject, (mark) => `GET /${mark} HTTP/1.1\r\n\r\n`, [400]),
  },
  {
    id: "host-doubled",
    section: SECTION,
    rule: "A request with two Host lines gets 400, even if they are equal.",
    check: (subject) =>
      refusesAll(
        subject,
        [
          (mark) => `GET /${mark} HTTP/1.1\r\nHost: a.example\r\nHost: b.example\r\n\r\n`,
          (mark) => `GET /${mark} HTTP/1.1\r\nHost: a.example\r\nHost: a.example\r\n\r\n`,
          (mark) => `GET /${mark} HTTP/1.0\r\nHost: a.example\r\nhost: b.example\r\n\r\n`,
        ],
        [400],
      ),
  },
  {
    id: "host-empty",
    section: "RFC 9110, section 4.2.1",
    rule: "An http URI without a host is invalid: an empty Host is refused.",
    check: (subject) =>
      refusesAll(subject, [
        (mark) => `GET /${mark} HTTP/1.1\r\nHost:\r\n\r\n`,
        (mark) => `GET /${mark} HTTP/1.1\r\nHost: \t \r\n\r\n`,
        (mark) => `GET /${mark} HTTP/1.1\r\nHost: :8000\r\n\r\n`,
      ]),
  },
  {
    id: "host-malformed",
    section: `${SECTION}; RFC 3986, section 3.2.2`,
    rule: "A Host that is not a valid host and port gets 400.",
    check: (subject) =>
      refusesAll(
        subject,
        [
          "a.example, b.example",
          "a.example b.example",
          "a.example/evil",
          "a.example?x",
          "a.example#x",
          "user@a.example",
          "http://a.example",
          "a.example:80:80",
          "a.example:eighty",
          "a.example:-1",
          "[::1",
          "::1",
          "[::1]x",
          "[a.example]",
          "a%zz.example",
          'a".example',
          "a\\b.example",
          "a<b>.example",
          "\xe4.example",
        ].map((host) => (mark) => `GET /${mark} HTTP/1.1\r\nHost: ${host}\r\n\r\n`),
        [400],
      ),
  },
  {
    id: "host-well-formed",
    section: "RFC 3986, section 3.2.2",
    rule: "Names, addresses and ports of every allowed form reach the application as HTTP_HOST.",
    async check(subject) {
      const hosts = ["a.example", "A.Example:8000", "127.0.0.1", "[::1]:80", "a_b.example", "a:"];
      for (const host of hosts) {
        const { request } = await serves(
          subject,
          (mark) => `GET /${mark} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
        );
        same(request.environ["HTTP_HOST"], host, "HTTP_HOST");
      }
    },
  },
  {
    id: "host-http10",
    section: SECTION,
    rule: "An HTTP/1.0 client need not send Host.",
    async check(subject) {
      const { request } = await serves(subject, (mark) => `GET /${mark} HTTP/1.0\r\n\r\n`);
      same(request.environ["SERVER_PROTOCOL"], "HTTP/1.0", "SERVER_PROTOCOL");
    },
  },
  {
    id: "host-of-target",
    section: "RFC 9112, section 3.2.2",
    rule: "The host of an absolute target takes precedence over Host.",
    async check(subject) {
      const { request } = await serves(
        subject,
        (mark) => `GET http://right.example/${mark}?a=b HTTP/1.1\r\nHost: wrong.example\r\n\r\n`,
      );
      same(request.environ["HTTP_HOST"], "right.example", "HTTP_HOST");
      same(request.query, "a=b", "QUERY_STRING");
      if (!/^\/m[^/]+$/.test(request.path)) throw new Error(`PATH_INFO is ${request.path}`);
    },
  },
  {
    id: "host-missing-absolute",
    section: SECTION,
    rule: "An absolute target does not replace a missing Host.",
    check: (subject) =>
      refuses(subject, (mark) => `GET http://a.example/${mark} HTTP/1.1\r\n\r\n`, [400]),
  },
  {
    id: "host-of-target-malformed",
    section: "RFC 9110, sections 4.2.1 and 4.2.4",
    rule: "An absolute target with an empty or malformed host, or with user information, is refused.",
    check: (subject) =>
      refusesAll(
        subject,
        ["http:///", "http://:80/", "http://user@a.example/", "http://a.example:x/"].map(
          (base) => (mark) => `GET ${base}${mark} HTTP/1.1\r\nHost: a\r\n\r\n`,
        ),
      ),
  },
];
