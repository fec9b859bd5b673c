import { createHash } from "node:crypto";
import type { Case } from "../case.ts";
import { fail, outcome, refusesAll, same, serves } from "./expect.ts";
import { newMark, seen, send } from "./wire.ts";

const sha256 = (text: string): string => createHash("sha256").update(text, "latin1").digest("hex");

/** A request with a body, framed by these lines. */
const post =
  (body: string, ...lines: string[]) =>
  (mark: string): string =>
    [`POST /${mark} HTTP/1.1`, "Host: a.example", ...lines, "", body].join("\r\n");
const chunked = (body: string): ((mark: string) => string) =>
  post(body, "Transfer-Encoding: chunked");

/** Bodies in chunks. What smuggles is apart. */
export const chunkedCases: Case[] = [
  {
    id: "chunked-body",
    section: "RFC 9112, section 7.1",
    rule: "A chunked body arrives decoded, including sizes in either case, leading zeros and extensions.",
    async check(subject) {
      const body = 'A;x=y\r\n0123456789\r\n00a;q="z"\r\nabcdefghij\r\n0\r\n\r\n';
      const { request } = await serves(subject, chunked(body));
      same(request.sha256, sha256("0123456789abcdefghij"), "the body's SHA-256");
    },
  },
  {
    id: "chunked-case",
    section: "RFC 9112, section 7",
    rule: "The names of transfer codings are case-insensitive.",
    async check(subject) {
      const { request } = await serves(
        subject,
        post("5\r\nhello\r\n0\r\n\r\n", "transfer-encoding: Chunked"),
      );
      same(request.sha256, sha256("hello"), "the body's SHA-256");
    },
  },
  {
    id: "chunked-length",
    section: 'PEP 3333, "environ Variables"; RFC 3875, section 4.1.2',
    rule: "The application can find the end of a chunked body, by CONTENT_LENGTH or wsgi.input_terminated.",
    async check(subject) {
      const { request } = await serves(subject, chunked("5\r\nhello\r\n0\r\n\r\n"));
      same(request.length, 5, "the body's length");
      const length = request.environ["CONTENT_LENGTH"];
      if (length !== undefined && length !== "" && length !== "5")
        fail(`CONTENT_LENGTH is ${length}`);
    },
  },
  {
    id: "chunked-malformed",
    section: "RFC 9112, section 7.1",
    rule: "A malformed chunked body is refused.",
    check: (subject) =>
      refusesAll(
        subject,
        [
          "0x5\r\nhello\r\n0\r\n\r\n",
          "+5\r\nhello\r\n0\r\n\r\n",
          "-5\r\nhello\r\n0\r\n\r\n",
          "5_0\r\nhello\r\n0\r\n\r\n",
          " 5\r\nhello\r\n0\r\n\r\n",
          "five\r\nhello\r\n0\r\n\r\n",
          "\r\nhello\r\n0\r\n\r\n",
          ";a\r\nhello\r\n0\r\n\r\n",
          "5\r\nhello!\r\n0\r\n\r\n",
          "5\r\nhelloX0\r\n\r\n",
          "5\r\nhello0\r\n\r\n",
          "5\rhello\r\n0\r\n\r\n",
          "fffffffffffffffff\r\nhello\r\n0\r\n\r\n",
          "10000000000000005\r\nhello\r\n0\r\n\r\n",
        ].map(chunked),
        undefined,
        { half: true },
      ),
  },
  {
    id: "chunked-incomplete",
    section: "RFC 9112, section 8",
    rule: "A chunked body without its last chunk is incomplete, and the application can tell.",
    async check(subject) {
      for (const body of ["5\r\nhello\r\n", "5\r\nhel", "5\r\nhello\r\n0\r\n"]) {
        const mark = newMark();
        await send(subject, chunked(body)(mark), { half: true, patience: 1200 });
        const [request] = await seen(subject, mark);
        if (request) fail(`the application has read ${request.length} bytes, and no error`);
      }
    },
  },
  {
    id: "trailers",
    section: "RFC 9110, section 6.5.1",
    rule: "Trailer fields never become variables like headers.",
    async check(subject) {
      const mark = newMark();
      const trailers = "X-Trailer: evil\r\nX-Forwarded-For: evil";
      const body = `5\r\nhello\r\n0\r\n${trailers}\r\n\r\n`;
      await send(subject, chunked(body)(mark));
      const [request] = await seen(subject, mark);
      if (Object.values(request?.environ ?? {}).includes("evil")) fail("one is in the environ");
    },
  },
  {
    id: "trailers-forbidden",
    section: "RFC 9110, section 6.5.1",
    rule: "Trailer fields for framing or routing are refused, or at least have no effect.",
    async check(subject) {
      for (const trailer of [
        "Content-Length: 50",
        "Transfer-Encoding: chunked",
        "Host: evil.example",
      ]) {
        const mark = newMark();
        const next = `GET /${mark}/next HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n`;
        const body = `5\r\nhello\r\n0\r\n${trailer}\r\n\r\n${next}`;
        const exchange = await send(subject, chunked(body)(mark), { answers: 2, patience: 2500 });
        const all = await seen(subject, mark);
        const [first] = all;
        if (first) same(first.sha256, sha256("hello"), "the body's SHA-256");
        if (first) same(first.environ["HTTP_HOST"], "a.example", "HTTP_HOST");
        if (exchange.hung) fail(`${trailer}: ${outcome(exchange)}, then nothing`);
      }
    },
  },
  {
    id: "coding-unknown",
    section: "RFC 9112, section 6.1",
    rule: "A transfer coding that the server does not understand gets 501 (or 400).",
    check: (subject) =>
      refusesAll(
        subject,
        [
          post("5\r\nhello\r\n0\r\n\r\n", "Transfer-Encoding: unheard-of, chunked"),
          post(
            "5\r\nhello\r\n0\r\n\r\n",
            "Transfer-Encoding: unheard-of",
            "Transfer-Encoding: chunked",
          ),
        ],
        [400, 501],
      ),
  },
  {
    id: "chunked-not-last",
    section: "RFC 9112, section 6.3",
    rule: "A request whose last transfer coding is not chunked gets 400.",
    check: (subject) =>
      refusesAll(
        subject,
        ["gzip", "chunked, gzip", "identity", "chunked, identity", "xchunked", "chunkedx"].map(
          (coding) => post("5\r\nhello\r\n0\r\n\r\n", `Transfer-Encoding: ${coding}`),
        ),
        [400, 501],
      ),
  },
  {
    id: "chunked-twice",
    section: "RFC 9112, section 6.1",
    rule: "Chunked is not applied more than once.",
    check: (subject) =>
      refusesAll(subject, [
        post("5\r\nhello\r\n0\r\n\r\n", "Transfer-Encoding: chunked, chunked"),
        post("5\r\nhello\r\n0\r\n\r\n", "Transfer-Encoding: chunked", "Transfer-Encoding: chunked"),
      ]),
  },
];
