import { createHash } from "node:crypto";
import type { Case } from "../case.ts";
import { fail, refusesAll, same, serves } from "./expect.ts";
import { newMark, seen, send } from "./wire.ts";

const sha256 = (text: string): string => createHash("sha256").update(text, "latin1").digest("hex");

/** A request with a body, framed by these lines. */
const post =
  (body: string, ...lines: string[]) =>
  (mark: string): string =>
    [`POST /${mark} HTTP/1.1`, "Host: a.example", ...lines, "", body].join("\r\n");

/** Bodies with a length. */
export const lengthCases: Case[] = [
  {
    id: "length-body",
    section: "RFC 9112, section 6.2",
    rule: "The body has as many bytes as Content-Length says, however many pieces it arrives in.",
    async check(subject) {
      const { request } = await serves(subject, (mark) => [
        post("he", "Content-Length: 5")(mark),
        "l",
        "lo",
      ]);
      same(request.sha256, sha256("hello"), "the body's SHA-256");
    },
  },
  {
    id: "length-malformed",
    section: "RFC 9112, section 6.3",
    rule: "A Content-Length that is not a number gets 400.",
    check: (subject) =>
      refusesAll(
        subject,
        [
          "+5",
          "-5",
          "0x5",
          "5.0",
          "5 5",
          "5_0",
          "five",
          "",
          "\xb2",
          "5;",
          "5,6",
          "99999999999999999999999",
        ].map((length) => post("hello", `Content-Length: ${length}`)),
        [400, 413],
      ),
  },
  {
    id: "length-doubled",
    section: "RFC 9112, section 6.3",
    rule: "Two different lengths get 400.",
    check: (subject) =>
      refusesAll(
        subject,
        [
          post("hello!", "Content-Length: 5", "Content-Length: 6"),
          post("hello!", "Content-Length: 6", "content-length: 5"),
        ],
        [400],
      ),
  },
  {
    id: "length-short",
    section: "RFC 9112, section 8",
    rule: "A body that ends before its length is incomplete, and the application can tell.",
    async check(subject) {
      const mark = newMark();
      await send(subject, post("hel", "Content-Length: 5")(mark), { half: true, patience: 1500 });
      const [request] = await seen(subject, mark);
      if (request) fail(`the application has read ${request.length} of 5 bytes, and no error`);
    },
  },
];
