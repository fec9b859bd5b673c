import type { Case } from "../case.ts";
import { neverSmuggled } from "./expect.ts";
import { both, post, second } from "./hidden.ts";

/** Shapes by which one server, or a proxy and a server, were made to see two requests where one was sent: in general, and against llhttp. */
export const smugglingCases: Case[] = [
  {
    id: "smuggling-length-and-chunks",
    section: "RFC 9112, section 6.1",
    rule: "With both Content-Length and Transfer-Encoding, nothing after the first request is run.",
    check: (subject) => neverSmuggled(subject, both("Transfer-Encoding: chunked")),
  },
  {
    id: "smuggling-http10",
    section: "RFC 9112, section 6.1",
    rule: "Transfer-Encoding in HTTP/1.0 is faulty framing: nothing after that request is run.",
    check: (subject) =>
      neverSmuggled(subject, [
        post(
          ["Connection: keep-alive", "Transfer-Encoding: chunked"],
          (hidden) => `0\r\n\r\n${hidden}`,
          "1.0",
        ),
        post(
          ["Connection: keep-alive", "Content-Length: 5", "Transfer-Encoding: chunked"],
          (hidden) => `0\r\n\r\n${hidden}`,
          "1.0",
        ),
      ]),
  },
  {
    id: "smuggling-cve-2022-32213",
    section: "CVE-2022-32213; RFC 9112, section 6.1",
    rule: "llhttp accepted a coding that only begins with chunked as chunked.",
    check: (subject) =>
      neverSmuggled(
        subject,
        ["chunkedchunked", "chunkedx", "chunked x", "chunked\tx"].flatMap((coding) =>
          both(`Transfer-Encoding: ${coding}`),
        ),
      ),
  },
  {
    id: "smuggling-cve-2022-32215",
    section: "CVE-2022-32215; RFC 9112, section 5.2",
    rule: "llhttp did not recognize a folded Transfer-Encoding.",
    check: (subject) =>
      neverSmuggled(subject, [
        ...both("Transfer-Encoding: chunked\r\n , identity"),
        ...both("Transfer-Encoding:\r\n chunked"),
        ...both("Transfer-Encoding: identity,\r\n\tchunked"),
      ]),
  },
  {
    id: "smuggling-cve-2024-27982",
    section: "CVE-2024-27982; RFC 9112, section 5.2",
    rule: "llhttp ignored a Content-Length after a space.",
    check: (subject) =>
      neverSmuggled(subject, [
        (mark) =>
          `GET /${mark} HTTP/1.1\r\nHost: a.example\r\n Content-Length: ${second(mark).length}\r\n\r\n${second(mark)}`,
      ]),
  },
  {
    id: "smuggling-head-end",
    section: "CVE-2025-23167; RFC 9112, section 2.2",
    rule: "llhttp took \\r\\n\\rX for the end of a head.",
    check: (subject) =>
      neverSmuggled(subject, [
        (mark) => `GET /${mark} HTTP/1.1\r\nHost: a.example\r\n\rX${second(mark)}`,
        (mark) => `GET /${mark} HTTP/1.1\r\nHost: a.example\r\n\r${second(mark)}\r\n`,
        (mark) => `GET /${mark} HTTP/1.1\r\nHost: a.example\r\n\r\r${second(mark)}`,
      ]),
  },
];
