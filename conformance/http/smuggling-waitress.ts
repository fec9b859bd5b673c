import type { Case } from "../case.ts";
import { neverSmuggled, refusesAll } from "./expect.ts";
import { both, chunked, post, second } from "./hidden.ts";

/** What was used against waitress. */
export const waitressCases: Case[] = [
  {
    id: "smuggling-cve-2022-24761",
    section: "CVE-2022-24761; RFC 9112, sections 6.2 and 7.1",
    rule: "waitress parsed numbers as Python does: signs, underscores, 0x, spaces.",
    check: (subject) =>
      refusesAll(subject, [
        ...["+0", "0_0", "-0", "0x0", "0\x0b"].map((length) =>
          post([`Content-Length: ${length}`], (hidden) => hidden),
        ),
        ...["+0", "0_0", "-0", "0x0", "0 \x0b"].map((size) =>
          chunked((hidden) => `${size}\r\n\r\n${hidden}`),
        ),
      ]),
  },
  {
    id: "smuggling-cve-2024-49768",
    section: "CVE-2024-49768; RFC 9112, section 9.6",
    rule: "waitress ran data that arrived in a later packet after a refused request.",
    check: (subject) =>
      neverSmuggled(
        subject,
        [
          (mark) => {
            const head = "GET /bad HTTP/1.1\r\nHost: a.example\r\nX Y: ";
            return [
              `${head}${"x".repeat(8192 - head.length)}`,
              `\r\n\r\n${second(mark)}`,
              second(mark),
            ];
          },
          (mark) => [
            `POST /bad HTTP/1.1\r\nHost: a.example\r\nContent-Length: x\r\n\r\n`,
            second(mark),
          ],
        ],
        { answers: Number.POSITIVE_INFINITY },
      ),
  },
  {
    id: "smuggling-cve-2019-16785",
    section: "CVE-2019-16785; RFC 9112, section 2.2",
    rule: "waitress accepted a lone LF as the end of a line, while proxies treat it as part of the value.",
    check: (subject) => neverSmuggled(subject, both("X-A: b\nTransfer-Encoding: chunked")),
  },
  {
    id: "smuggling-cve-2019-16786",
    section: "CVE-2019-16786; RFC 9112, section 6.3",
    rule: "waitress ignored a Transfer-Encoding with several codings, and used Content-Length.",
    check: (subject) =>
      neverSmuggled(subject, [
        ...both("Transfer-Encoding: gzip, chunked"),
        ...both("Transfer-Encoding: chunked, chunked"),
      ]),
  },
  {
    id: "smuggling-cve-2019-16789",
    section: "CVE-2019-16789; RFC 9110, section 5.5",
    rule: "waitress stripped more than spaces and tabs from Transfer-Encoding.",
    check: (subject) =>
      neverSmuggled(
        subject,
        ["\x0bchunked", "chunked\x0b", "\x0cchunked", "\x00chunked"].flatMap((coding) =>
          both(`Transfer-Encoding: ${coding}`),
        ),
      ),
  },
];
