import { setTimeout as sleep } from "node:timers/promises";
import type { Case, Subject } from "../case.ts";
import { holds, same } from "../expect.ts";
import { pep, Visit } from "./visit.ts";

const SECTION = pep("Input and Error Streams");

/** A text that goes to wsgi.errors is taken, and is in the log after flush(). */
async function logged(subject: Subject, text: string): Promise<void> {
  const visit = new Visit(subject);
  const answer = await visit.get("errors", text);
  same("status", answer.status, 200);
  const end = performance.now() + 2000;
  while (!subject.output().includes(`${visit.id}-${text}`) && performance.now() < end) {
    await sleep(20);
  }
  holds(subject.output().includes(`${visit.id}-${text}`), "it is not in the log");
}

export const errorsStreamCases: Case[] = [
  {
    id: "errors-write",
    section: SECTION,
    rule: "wsgi.errors has write() and flush(), and the text is then in the log.",
    check: (subject) => logged(subject, "write"),
  },
  {
    id: "errors-writelines",
    section: SECTION,
    rule: "It has writelines().",
    check: (subject) => logged(subject, "writelines"),
  },
  {
    id: "errors-unicode",
    section: pep("environ Variables"),
    level: "should",
    rule: "It accepts and logs any text without raising an error.",
    check: (subject) => logged(subject, "unicode"),
  },
  {
    id: "errors-surrogate",
    section: pep("environ Variables"),
    level: "should",
    rule: "It accepts and logs a lone surrogate, which no encoding can represent.",
    check: (subject) => logged(subject, "surrogate"),
  },
];
