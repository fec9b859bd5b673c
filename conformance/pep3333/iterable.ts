import type { Case, Subject } from "../case.ts";
import { holds, same } from "../expect.ts";
import { comesFirst, pep, Visit } from "./visit.ts";

const SECTION = pep("Specification Details");

async function gives(
  subject: Subject,
  body: string,
  view: string,
  ...args: string[]
): Promise<void> {
  const answer = await new Visit(subject).get(view, ...args);
  same("status", answer.status, 200);
  same("the body", answer.body, body);
}

function kind(id: string, name: string, rule: string, more: Partial<Case> = {}): Case {
  const check = (subject: Subject): Promise<void> => gives(subject, "one two", "iterable", name);
  return { id, section: SECTION, rule, check, ...more };
}

export const iterableCases: Case[] = [
  kind("iterable-list", "list", "The body may be a list."),
  kind("iterable-iterator", "iterator", "It may be an iterator."),
  kind("iterable-generator", "generator", "It may be a generator."),
  kind("iterable-object", "object", "It may be an object that supports only iteration."),
  kind("iterable-tuple", "tuple", "It may be a tuple.", {
    pythonOnly:
      "TypeScript has no tuples beside its arrays (Specification Details: iterables of the language).",
  }),
  kind("iterable-dictionary", "dictionary", "It may be a dictionary, whose keys are the body.", {
    pythonOnly:
      "A Map of JavaScript yields pairs, not keys (Specification Details: iterables of the language).",
  }),
  kind("iterable-getitem", "items", "It may use the old protocol, with only __getitem__.", {
    section: pep("Supporting Older (<2.2) Versions of Python"),
    pythonOnly: "The protocol is that of Python before 2.2.",
  }),
  {
    id: "iterable-class",
    section: pep("The Application/Framework Side"),
    rule: "The application may be a class; its instance is the iterable.",
    pythonOnly:
      "A class of JavaScript cannot be called without `new` (Specification Overview: callables).",
    check: (subject) => gives(subject, "one two", "with-class"),
  },
  {
    id: "iterable-attributes-untouched",
    section: SECTION,
    rule: "The server uses only iteration, len() and close() of the iterable.",
    pythonOnly: "The rule is about attributes of Python objects (Specification Details, PEP 234).",
    async check(subject) {
      const visit = new Visit(subject);
      const answer = await visit.get("watched");
      same("the body", answer.body, "one two");
      const allowed = new Set(["close", "__iter__", "__next__", "__len__", "__class__", "visit"]);
      const others = visit.notes().filter((name) => !allowed.has(name));
      same("also used", [...new Set(others)], []);
    },
  },
  {
    id: "chunk-sent-before-next",
    section: `${SECTION}, "Buffering and Streaming"`,
    rule: "Each chunk is sent before the next is requested.",
    async check(subject) {
      const visit = new Visit(subject);
      const came = await comesFirst(visit, "first piece\n", {}, "steps");
      holds(came, "the first chunk was held back while the second was being made");
      await visit.noted("in time");
    },
  },
  {
    id: "chunk-sent-before-next-http-1.0",
    section: `${SECTION}, "Buffering and Streaming"`,
    rule: "For an HTTP/1.0 client, too, each chunk is sent before the next is requested.",
    async check(subject) {
      const visit = new Visit(subject);
      const came = await comesFirst(visit, "first piece\n", { version: "1.0" }, "steps");
      holds(came, "the first chunk was held back while the second was being made");
    },
  },
  {
    id: "empty-chunks-are-no-end",
    section: SECTION,
    rule: "Empty chunks in the middle of a body do not end it.",
    check: (subject) => gives(subject, "one two", "iterable", "empty-pieces"),
  },
  {
    id: "body-is-binary",
    section: SECTION,
    level: "should",
    rule: "Bytes are sent unchanged, including line endings.",
    async check(subject) {
      const all = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).join("");
      const answer = await new Visit(subject).get("binary");
      holds(answer.body === `${all}\n\r\n\r\r\n\0`, "the body was altered");
    },
  },
  {
    id: "body-of-many-chunks",
    section: SECTION,
    rule: "A thousand small chunks and one of 3 MB arrive complete and in order.",
    async check(subject) {
      const answer = await new Visit(subject).ask({ milliseconds: 10_000 }, "many");
      const lines = Array.from({ length: 1000 }, (_, number) => `${number}\n`).join("");
      same("its length", answer.body.length, lines.length + 3_000_000);
      holds(answer.body === lines + "x".repeat(3_000_000), "the body was altered");
    },
  },
  {
    id: "text-body-refused",
    section: pep("Unicode Issues"),
    level: "should",
    rule: "A text body is an error; it must be bytes.",
    async check(subject) {
      const answer = await new Visit(subject).get("text").catch(() => null);
      holds(answer?.body.includes("text, not bytes") !== true, "the text was sent");
      const good = answer?.whole === true && answer.status < 400;
      holds(!good, `it was answered ${answer?.status}, as if nothing was`);
    },
  },
  {
    id: "no-iterable-is-error",
    section: SECTION,
    level: "should",
    rule: "Returning None is an error, not a response.",
    async check(subject) {
      const answer = await new Visit(subject).get("nothing").catch(() => null);
      const good = answer?.whole === true && answer.status < 400;
      holds(!good, `it was answered ${answer?.status}, as if nothing was`);
    },
  },
];
