import type { Case, Subject } from "../case.ts";
import { type Answer, answerOf, values } from "../client.ts";
import { holds, same } from "../expect.ts";
import { pep, Visit } from "./visit.ts";

const SECTION = pep("The start_response() Callable");

async function replaced(subject: Subject, view: string, ...args: string[]): Promise<void> {
  const answer = await new Visit(subject).get(view, ...args);
  same("status", [answer.status, answer.reason], [500, "Second"]);
  same(
    "headers of the first head",
    [values(answer, "x-first"), values(answer, "set-cookie")],
    [[], []],
  );
  same("X-Second", values(answer, "x-second"), ["2"]);
  same("the body", answer.body, "the error page");
}

/** What has come when the view fails after it has begun, and what the view has noted. */
async function late(
  subject: Subject,
  view: string,
): Promise<{ answer: Answer | null; notes: string[] }> {
  const visit = new Visit(subject);
  const connection = await visit.open({}, view);
  try {
    await connection.receives("begun\n").catch(() => {
      throw new Error("what came before the error was never sent");
    });
    visit.seen();
    // Where the end of the response never comes, it is cut short as well.
    const answer = await answerOf(connection, { milliseconds: 3000 }).catch(() => null);
    return { answer, notes: visit.notes() };
  } finally {
    connection.destroy();
  }
}

async function isCut(subject: Subject, view: string): Promise<void> {
  const { answer } = await late(subject, view);
  holds(
    answer?.body.includes("ended as if") !== true,
    "the application went on, and its body was sent",
  );
  holds(answer?.whole !== true, `the response looks whole (its end is shown by ${endOf(answer)})`);
}

function endOf(answer: Answer | null): string {
  if (answer?.framing === "chunked") return "the last chunk";
  return answer?.framing === "close" ? "the end of the connection" : "its length";
}

export const excInfoCases: Case[] = [
  {
    id: "exc-info-replaces-head",
    section: SECTION,
    level: "should",
    rule: "With exc_info, before the head is sent, start_response replaces the status and all headers.",
    check: (subject) => replaced(subject, "replaced", "plain", "1"),
  },
  {
    id: "exc-info-replaces-twice",
    section: SECTION,
    level: "should",
    rule: "It may do so more than once.",
    check: (subject) => replaced(subject, "replaced", "plain", "2"),
  },
  {
    id: "exc-info-replaces-length",
    section: SECTION,
    level: "should",
    rule: "The Content-Length of a replaced head is discarded with it.",
    check: (subject) => replaced(subject, "replaced", "length", "1"),
  },
  {
    id: "exc-info-replaces-bodiless",
    section: SECTION,
    level: "should",
    rule: "If an error page replaces a 204, its body is sent.",
    check: (subject) => replaced(subject, "replaced", "bodiless", "1"),
  },
  {
    id: "exc-info-replaces-after-empty-chunk",
    section: SECTION,
    rule: "The head can still be replaced after empty chunks, because they do not send it.",
    check: (subject) => replaced(subject, "replaced-lazily"),
  },
  {
    id: "exc-info-in-first-call",
    section: SECTION,
    rule: "exc_info may be given in the first call.",
    async check(subject) {
      const answer = await new Visit(subject).get("exc-info-first");
      same("the answer", [answer.status, answer.body], [500, "the error page"]);
    },
  },
  {
    id: "exc-info-after-head-raises",
    section: SECTION,
    rule: "With exc_info, after the head has been sent, start_response raises an error.",
    async check(subject) {
      const { notes } = await late(subject, "late");
      same("start_response", notes[0]?.split(" ")[0], "raised");
    },
  },
  {
    id: "exc-info-after-write-raises",
    section: SECTION,
    rule: "It also raises if write() has sent the head.",
    async check(subject) {
      const { notes } = await late(subject, "late-write");
      same("start_response", notes[0]?.split(" ")[0], "raised");
    },
  },
  {
    id: "exc-info-reraises",
    section: SECTION,
    level: "should",
    rule: "It raises the exception that it was given.",
    async check(subject) {
      for (const view of ["late", "late-write"]) {
        const { notes } = await late(subject, view);
        same("it", notes, ["raised Trouble"]);
      }
    },
  },
  {
    id: "exc-info-truncates",
    section: `${pep("Error Handling")}; RFC 9112, section 8`,
    level: "should",
    rule: "That aborts the response, and the client can tell that it is truncated.",
    check: (subject) => isCut(subject, "late"),
  },
  {
    id: "exc-info-truncates-write",
    section: `${pep("Error Handling")}; RFC 9112, section 8`,
    level: "should",
    rule: "The client can also tell if write() began the truncated response.",
    check: (subject) => isCut(subject, "late-write"),
  },
  {
    id: "exc-info-is-not-held",
    section: SECTION,
    level: "should",
    rule: "start_response keeps no reference to exc_info after it has returned.",
    pythonOnly:
      "The rule is about sys.exc_info() and its circular references (The start_response() Callable); an Error of JavaScript has no traceback that holds frames.",
    async check(subject) {
      const visit = new Visit(subject);
      await visit.get("reference");
      same("the exception is", visit.notes(), ["free"]);
    },
  },
];
