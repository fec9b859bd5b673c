import type { Case, Subject } from "../case.ts";
import { answerOf, type Question } from "../client.ts";
import { holds, same } from "../expect.ts";
import { comesFirst, pep, Visit } from "./visit.ts";

const SECTION = pep("Specification Details");

/** close() is called exactly once after a response of this kind, whatever its client gets. */
async function closedOnce(subject: Subject, kind: string, question: Question = {}): Promise<void> {
  const visit = new Visit(subject);
  await visit.ask({ milliseconds: 2000, ...question }, "closing", kind).catch(() => {});
  const notes = await visit.allNotes("closed").catch(() => visit.notes());
  same("calls of close()", notes.filter((note) => note === "closed").length, 1);
}

function closes(id: string, when: string, kind: string, question: Question = {}): Case {
  return {
    id,
    section: SECTION,
    rule: `close() is called exactly once ${when}.`,
    check: (subject) => closedOnce(subject, kind, question),
  };
}

/** The client leaves in the midst of an endless body. */
async function leaves(subject: Subject, view: string, kind: string): Promise<void> {
  const visit = new Visit(subject);
  const connection = await visit.open({}, view, kind);
  try {
    await connection.receives("tick");
  } finally {
    connection.socket.resetAndDestroy();
  }
  const notes = await visit.allNotes("closed").catch(() => visit.notes());
  same("calls of close()", notes.filter((note) => note === "closed").length, 1);
  same("what came last", notes.at(-1), "closed");
}

export const closeCases: Case[] = [
  closes("close-after-response", "after a response", "normal"),
  closes("close-after-list", "of a list that has one", "list"),
  closes("close-after-list-of-one", "of a list of one chunk that has one", "list-of-one"),
  closes("close-after-empty-iterable", "after an empty iterable", "empty"),
  closes("close-after-head", "after the answer to HEAD", "normal", { method: "HEAD" }),
  closes("close-after-204", "after a 204", "204"),
  closes("close-after-304", "after a 304", "304"),
  closes("close-after-http-1.0", "after a response to HTTP/1.0", "normal", { version: "1.0" }),
  closes("close-after-error", "after an error during the iteration", "raises-later"),
  closes("close-after-first-error", "after an error before the first chunk", "raises-first"),
  closes("close-after-text", "after a chunk that is text and not bytes", "text"),
  closes("close-after-silence", "if start_response was never called", "silent"),
  closes(
    "close-after-exceeded-length",
    "after a body that is longer than its Content-Length",
    "long",
  ),
  closes(
    "close-after-short-length",
    "after a body that is shorter than its Content-Length",
    "short",
  ),
  {
    id: "close-after-client-left",
    section: SECTION,
    rule: "If the client disconnects, close() is called exactly once, and no further chunk is requested.",
    check: (subject) => leaves(subject, "closing", "endless"),
  },
  {
    id: "close-of-generator",
    section: SECTION,
    rule: "If the client disconnects, a generator is closed, and its `finally` runs.",
    check: (subject) => leaves(subject, "closing-generator", ""),
  },
  {
    id: "close-after-last-chunk",
    section: SECTION,
    rule: "close() is called after the iterable has ended, not before.",
    async check(subject) {
      const visit = new Visit(subject);
      await visit.get("closing", "order");
      same("the order", await visit.allNotes("closed"), ["asked", "asked", "ended", "closed"]);
    },
  },
  {
    id: "close-after-body-sent",
    section: `${SECTION}, "Buffering and Streaming"`,
    rule: "The whole body is sent before close() is called.",
    async check(subject) {
      const visit = new Visit(subject);
      const came = await comesFirst(visit, "two", {}, "closing", "late");
      holds(came, "the end of the body was held back until close() had returned");
      await visit.noted("in time");
    },
  },
  {
    id: "close-that-raises",
    section: pep("Error Handling"),
    level: "should",
    rule: "If close() raises, a complete body stays complete, and the next request is served.",
    async check(subject) {
      const visit = new Visit(subject);
      const connection = await visit.open({}, "closing", "wrong");
      try {
        await answerOf(connection, { milliseconds: 2000 }).catch(() => {});
        holds(/one [^]*two/.test(connection.received()), "the body did not come whole");
      } finally {
        connection.destroy();
      }
      same("calls of close()", await visit.allNotes("closed"), ["closed"]);
      same("the next answer", (await new Visit(subject).get("hello")).status, 200);
    },
  },
];
