import type { Case } from "../case.ts";
import { neverSmuggled, refusesAll } from "./expect.ts";
import { both, chunked, post } from "./hidden.ts";

const CONTROLS = ["\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x1f", "\x85", "\xa0"];

/** What was used against Gunicorn, and uWSGI. */
export const gunicornCases: Case[] = [
  {
    id: "smuggling-cve-2024-1135",
    section: "CVE-2024-1135; RFC 9112, section 6.3",
    rule: "Gunicorn accepted conflicting codings as chunked: several lines, or chunked not last.",
    check: (subject) =>
      neverSmuggled(subject, [
        ...both("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity"),
        ...both("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked"),
        ...both("Transfer-Encoding: chunked, gzip"),
      ]),
  },
  {
    id: "smuggling-cve-2024-6827",
    section: "CVE-2024-6827; RFC 9112, section 6.1",
    rule: "Gunicorn fell back to Content-Length if it did not understand Transfer-Encoding.",
    check: (subject) =>
      neverSmuggled(
        subject,
        ["gzip, chunked", "chunked;q=1", '"chunked"', "chunked,", ",chunked", "xchunked"].flatMap(
          (coding) => both(`Transfer-Encoding: ${coding}`),
        ),
      ),
  },
  {
    id: "smuggling-gunicorn-3087",
    section: "Gunicorn, issue 3087; RFC 9112, section 7.1",
    rule: "Gunicorn parsed lengths and chunk sizes with int(): underscores, signs, spaces, other digits.",
    check: (subject) =>
      refusesAll(subject, [
        ...["1_0", " +5", "\xb2"].map((length) =>
          post([`Content-Length:${length}`], (hidden) => hidden),
        ),
        ...["0_0", "\t0", "0\xa0", "0\x0c"].map((size) =>
          chunked((hidden) => `${size}\r\n\r\n${hidden}`),
        ),
      ]),
  },
  {
    id: "smuggling-gunicorn-3091",
    section: "Gunicorn, issue 3091; RFC 9112, section 5.1",
    rule: "Gunicorn stripped \\x85 and \\xa0 from the ends of names.",
    check: (subject) =>
      neverSmuggled(
        subject,
        CONTROLS.flatMap((each) =>
          both(`Transfer-Encoding${each}: chunked`).concat(
            post([`Content-Length${each}: 5`], (hidden) => hidden),
          ),
        ),
      ),
  },
  {
    id: "smuggling-gunicorn-3364",
    section: "Gunicorn, issue 3364; RFC 9112, section 6.1",
    rule: "Gunicorn stripped control characters and \\xa0 from codings.",
    check: (subject) =>
      neverSmuggled(
        subject,
        CONTROLS.flatMap((each) =>
          both(`Transfer-Encoding: ${each}chunked`).concat(
            post([`Transfer-Encoding: chunked${each}`], (hidden) => `0\r\n\r\n${hidden}`),
          ),
        ),
      ),
  },
  {
    id: "smuggling-gunicorn-3327",
    section: "Gunicorn, issue 3327; RFC 9112, section 7.1.1",
    rule: "A chunk extension that contains a lone CR or LF is refused.",
    check: (subject) =>
      refusesAll(
        subject,
        [
          (hidden: string) => `2;\nxx\r\n4c\r\n0\r\n\r\n${hidden}`,
          (hidden: string) => `0;a\nb\r\n\r\n${hidden}`,
          (hidden: string) => `0;a\rb\r\n\r\n${hidden}`,
          (hidden: string) => `0\n\r\n${hidden}`,
        ].map(chunked),
      ),
  },
  {
    id: "smuggling-uwsgi-2775",
    section: "uWSGI, issue 2775; RFC 9112, sections 5.2 and 6.3",
    rule: "uWSGI used the first of two lengths, unfolded a folded one, and let one overflow.",
    check: (subject) =>
      neverSmuggled(subject, [
        post(["Content-Length: 0", "Content-Length: 60"], (hidden) => hidden),
        post(["Content-Length: 60", "Content-Length: 0"], (hidden) => hidden),
        post(["Content-Length: 0, 60"], (hidden) => hidden),
        post(["Content-Length: 0", " 0"], (hidden) => hidden),
        post(["Content-Length: 4294967296"], (hidden) => hidden),
        post(["Content-Length: 18446744073709551616"], (hidden) => hidden),
      ]),
  },
];
