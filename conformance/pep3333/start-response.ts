import { setTimeout as sleep } from "node:timers/promises";
import type { Case, Subject } from "../case.ts";
import { answerOf, values } from "../client.ts";
import { holds, same } from "../expect.ts";
import { pep, Visit } from "./visit.ts";

const SECTION = pep("The start_response() Callable");

/** Nothing may have come while the view works on its body. */
async function nothingBefore(subject: Subject, view: string): Promise<void> {
  const visit = new Visit(subject);
  const connection = await visit.open({}, view);
  try {
    await visit.noted("working");
    await sleep(200);
    const early = connection.received();
    visit.seen();
    const answer = await answerOf(connection);
    same("sent before there was a body", early.split("\r\n", 1)[0], "");
    same("the body", answer.body, "body");
  } finally {
    connection.destroy();
  }
}

export const startResponseCases: Case[] = [
  {
    id: "application-is-called",
    section: pep("Specification Overview"),
    rule: "The application may be any callable, such as an instance with __call__, and receives two positional arguments.",
    pythonOnly:
      "A function is the one callable of TypeScript, and its arguments have no names (Specification Details: positional, not keyword, arguments).",
    async check(subject) {
      const visit = new Visit(subject);
      const answer = await visit.get("write-callable");
      same("status", answer.status, 200);
      holds(!visit.notes().includes("keywords"), "it was given keyword arguments");
    },
  },
  {
    id: "application-called-once",
    section: pep("The Server/Gateway Side"),
    rule: "The application is invoked once for each request, even if it raises.",
    async check(subject) {
      for (const how of ["answers", "raises"]) {
        const visit = new Visit(subject);
        await visit.get("called", how).catch(() => {});
        same(`calls of one that ${how}`, await visit.allNotes("called"), ["called"]);
      }
    },
  },
  {
    id: "start-response-returns-write",
    section: pep("Specification Details"),
    rule: "start_response returns a callable, write(body_data).",
    async check(subject) {
      const visit = new Visit(subject);
      await visit.get("write-callable");
      same("callable(write)", visit.notes(), ["True"]);
    },
  },
  {
    id: "start-response-lazy",
    section: pep("Specification Details"),
    rule: "start_response may be called by the first iteration of what the application returns.",
    async check(subject) {
      const answer = await new Visit(subject).get("lazy");
      same("status", answer.status, 200);
      same("X-Lazy", values(answer, "x-lazy"), ["yes"]);
      same("the body", answer.body, "lazy");
    },
  },
  {
    id: "head-waits-for-body",
    section: SECTION,
    rule: "start_response does not send the head. The server waits for the first body bytes.",
    check: (subject) => nothingBefore(subject, "delayed"),
  },
  {
    id: "empty-chunk-sends-no-head",
    section: SECTION,
    rule: "An empty first chunk does not send the head.",
    check: (subject) => nothingBefore(subject, "empty-first"),
  },
  {
    id: "empty-iterable-sends-head",
    section: SECTION,
    rule: "The head is sent if the iterable ends without yielding a body.",
    async check(subject) {
      const answer = await new Visit(subject).get("empty");
      same("status", answer.status, 200);
      same("X-Empty", values(answer, "x-empty"), ["yes"]);
      same("the body", [answer.body, answer.whole], ["", true]);
    },
  },
  {
    id: "second-call-is-error",
    section: SECTION,
    rule: "A second call of start_response without exc_info is an error.",
    async check(subject) {
      const visit = new Visit(subject);
      await visit.get("second");
      same("the second call", visit.notes()[0]?.split(" ")[0], "raised");
    },
  },
  {
    id: "second-call-after-error",
    section: SECTION,
    rule: "A second call without exc_info is an error even if the first call raised one.",
    async check(subject) {
      const visit = new Visit(subject);
      await visit.get("second-after-error").catch(() => {});
      same("the second call", visit.notes().at(-1)?.split(" ")[0], "raised");
    },
  },
  {
    id: "without-start-response",
    section: pep("Specification Details"),
    level: "should",
    rule: "If the application never calls start_response, that is an error, not a response.",
    async check(subject) {
      const answer = await new Visit(subject).get("silent").catch(() => null);
      holds(
        answer === null || answer.status >= 500,
        `it was answered ${answer?.status || answer?.reason}`,
      );
    },
  },
];
