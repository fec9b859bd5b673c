import type { Case, Subject } from "../case.ts";
import { type Answer, answerOf, parse, values } from "../client.ts";
import { holds, same } from "../expect.ts";
import { pep, Visit } from "./visit.ts";

const SECTION = pep("Handling the Content-Length Header");

/** A body that is longer than it was said to be; what more there is must not come. */
async function cutTo(subject: Subject, view: string, ...args: string[]): Promise<void> {
  const visit = new Visit(subject);
  const connection = await visit.open({}, view, ...args);
  try {
    const answer = await answerOf(connection).catch(() => null);
    if (answer === null || answer.status >= 500) return;
    // What is too much comes right behind, if it comes.
    await connection.closed(300).catch(() => {});
    const { body, rest } = parse(connection.received()) as Answer;
    same("sent", [body.length, rest], [5, ""]);
  } finally {
    connection.destroy();
  }
}

/** A body that is shorter than it was said to be; the connection must end with it. */
async function closesAfter(subject: Subject, pieces: string): Promise<void> {
  const connection = await new Visit(subject).open({}, "length", "50", "5", pieces);
  try {
    const { text } = await connection.closed(3000).catch(() => {
      throw new Error("the connection stays open, and the client waits");
    });
    const answer = parse(text);
    holds(answer === null || answer.status >= 500 || !answer.whole, "it looks whole");
  } finally {
    connection.destroy();
  }
}

export const lengthCases: Case[] = [
  {
    id: "length-kept",
    section: pep("Other HTTP Features"),
    rule: "The application's Content-Length is sent unchanged.",
    async check(subject) {
      for (const pieces of ["one", "many"]) {
        const answer = await new Visit(subject).get("length", "5", "5", pieces);
        same("Content-Length", values(answer, "content-length"), ["5"]);
        same("the body", answer.body, "xxxxx");
      }
    },
  },
  {
    id: "length-of-list-of-one",
    section: SECTION,
    rule: "If a list of one chunk gets a Content-Length, it is the chunk's length; otherwise, the end of the body is marked in another way.",
    async check(subject) {
      const answer = await new Visit(subject).get("iterable", "list-of-one");
      same("the body", [answer.body, answer.whole, answer.rest], ["one two", true, ""]);
    },
  },
  {
    id: "length-by-len",
    section: SECTION,
    rule: "Any iterable whose len() is 1 may get its chunk's length as Content-Length; it arrives complete.",
    pythonOnly: "JavaScript has no len() of iterables (Handling the Content-Length Header).",
    async check(subject) {
      const answer = await new Visit(subject).get("iterable", "sized");
      same("the body", [answer.body, answer.whole, answer.rest], ["one two", true, ""]);
    },
  },
  {
    id: "length-exceeded-by-chunk",
    section: SECTION,
    level: "should",
    rule: "No more bytes are sent than Content-Length allows if one chunk is too long.",
    check: (subject) => cutTo(subject, "length", "5", "50", "one"),
  },
  {
    id: "length-exceeded-by-chunks",
    section: SECTION,
    level: "should",
    rule: "No more bytes are sent than Content-Length allows if there are too many chunks.",
    check: (subject) => cutTo(subject, "length", "5", "50", "many"),
  },
  {
    id: "length-exceeded-by-write",
    section: SECTION,
    level: "should",
    rule: "No more bytes are sent than Content-Length allows if write() sends them.",
    check: (subject) => cutTo(subject, "write-past"),
  },
  {
    id: "length-reached-stops",
    section: SECTION,
    level: "should",
    rule: "The iteration stops once Content-Length bytes have been sent.",
    async check(subject) {
      const visit = new Visit(subject);
      await visit.get("length-endless").catch(() => {});
      const asked = (await visit.allNotes("asked")).length;
      holds(asked <= 2, "it was asked for more and more");
    },
  },
  {
    id: "length-short-chunk-closes",
    section: SECTION,
    level: "should",
    rule: "The connection is closed after one chunk that is shorter than the Content-Length.",
    check: (subject) => closesAfter(subject, "one"),
  },
  {
    id: "length-short-chunks-close",
    section: SECTION,
    level: "should",
    rule: "The connection is closed after chunks that are shorter than the Content-Length.",
    check: (subject) => closesAfter(subject, "many"),
  },
];
