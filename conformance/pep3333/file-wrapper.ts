import type { Case, Subject } from "../case.ts";
import type { Question } from "../client.ts";
import { holds, same } from "../expect.ts";
import { pep, Visit } from "./visit.ts";

const SECTION = pep("Optional Platform-Specific File Handling");
const pythonOnly =
  "wsgi.file_wrapper is optional (Optional Platform-Specific File Handling: servers may expose it), and is not offered to TypeScript.";

/** What the file of the application holds. */
const CONTENT = Array.from({ length: 30_000 }, (_, n) => `${String(n).padStart(6, "0")}\n`).join(
  "",
);

async function gives(
  subject: Subject,
  wanted: string,
  view: string,
  ...args: string[]
): Promise<string[]> {
  const visit = new Visit(subject);
  const answer = await visit.get(view, ...args);
  same("status", answer.status, 200);
  holds(answer.whole, "the response was cut short");
  if (answer.body !== wanted) {
    const { body } = answer;
    const came = `${body.length} bytes, beginning with ${JSON.stringify(body.slice(0, 7))}`;
    throw new Error(
      `it sent ${came}; wanted: ${wanted.length}, ${JSON.stringify(wanted.slice(0, 7))}`,
    );
  }
  return visit.notes();
}

function file(id: string, rule: string, wanted: string, ...args: string[]): Case {
  const check = async (subject: Subject): Promise<void> => {
    await gives(subject, wanted, "file", ...args);
  };
  return { id, section: SECTION, level: levelOf(id), rule, pythonOnly, check };
}

/** Where a file is sent from, and how much of it: there the PEP says that it should be as if it was read. */
function levelOf(id: string): "must" | "should" {
  return /offset|length|end|after/.test(id) ? "should" : "must";
}

function view(id: string, rule: string, wanted: string, name: string): Case {
  const check = async (subject: Subject): Promise<void> => {
    await gives(subject, wanted, name);
  };
  return { id, section: SECTION, level: levelOf(id), rule, pythonOnly, check };
}

function closed(id: string, rule: string, args: string[], question: Question = {}): Case {
  return {
    id,
    section: SECTION,
    rule,
    pythonOnly,
    async check(subject) {
      const visit = new Visit(subject);
      const present = await new Visit(subject).get("file-present");
      if (present.body === "no") return;
      await visit.ask(question, "file", ...args).catch(() => {});
      same("calls of close()", await visit.allNotes("closed"), ["closed"]);
    },
  };
}

const REST = CONTENT.slice(7000);

export const fileWrapperCases: Case[] = [
  file("file-whole", "A file is sent completely.", CONTENT, "file"),
  file("file-with-block-size", "A block size may be suggested.", CONTENT, "file", "1000"),
  file(
    "file-offset",
    "A partly read file is sent from its position, regardless of Python's buffer.",
    REST,
    "offset",
  ),
  file("file-offset-unbuffered", "The same holds for an unbuffered file.", REST, "unbuffered"),
  view(
    "file-offset-when-sent",
    "The position when the file is sent counts, not the one when it was wrapped.",
    REST,
    "file-later",
  ),
  file("file-at-its-end", "A file read to its end has nothing left to send.", "", "ended"),
  file(
    "file-length",
    "It ends after Content-Length bytes.",
    CONTENT.slice(0, 5000),
    "file",
    "8192",
    "5000",
  ),
  file(
    "file-offset-and-length",
    "Position and Content-Length work together.",
    REST.slice(0, 5000),
    "offset",
    "",
    "5000",
  ),
  file("file-bytesio", "A BytesIO, which has no descriptor, is sent.", CONTENT, "bytesio"),
  file("file-bytesio-offset", "It is sent from its position.", REST, "bytesio-offset"),
  file("file-only-read", "An object that only has read() is sent.", CONTENT, "only-read"),
  file(
    "file-pipe",
    "A pipe, which has a descriptor but no length, is sent.",
    "through a pipe\n",
    "pipe",
  ),
  view(
    "file-inside-middleware",
    "Middleware may read the wrapper and send something else.",
    CONTENT.replaceAll("0", "o"),
    "file-inside",
  ),
  view(
    "file-not-returned",
    "A wrapper that is not returned is not sent.",
    "something else",
    "file-unused",
  ),
  view(
    "file-after-write",
    "Written data precedes the file.",
    `in front ${CONTENT}`,
    "file-written",
  ),
  {
    id: "file-wrapper-has-close",
    section: SECTION,
    rule: "The wrapper is an iterable, and its close() closes the file.",
    pythonOnly,
    async check(subject) {
      const visit = new Visit(subject);
      await visit.get("file-methods");
      same("calls of close()", visit.notes(), ["closed"]);
    },
  },
  closed("file-closed", "The file is closed exactly once when it was sent.", ["real"]),
  closed("file-object-closed", "An object without a descriptor is closed exactly once.", [
    "noting",
  ]),
  closed(
    "file-closed-after-head",
    "The file is closed exactly once after the answer to HEAD.",
    ["real"],
    { method: "HEAD" },
  ),
  {
    id: "file-short",
    section: `${SECTION}, "Handling the Content-Length Header"; RFC 9112, section 8`,
    level: "should",
    rule: "If a file is shorter than the Content-Length, the client can tell that it is truncated.",
    pythonOnly,
    async check(subject) {
      const visit = new Visit(subject);
      const said = String(CONTENT.length + 10);
      const answer = await visit
        .ask({ milliseconds: 2500 }, "file", "file", "", said)
        .catch(() => null);
      holds(answer?.whole !== true || answer.status >= 500, "it looks whole");
    },
  },
];
