import type { Case } from "../case.ts";
import { holds, same } from "../expect.ts";
import { comesFirst, pep, Visit } from "./visit.ts";

const SECTION = pep("The write() Callable");

export const writeCases: Case[] = [
  {
    id: "write-before-iterable",
    section: SECTION,
    rule: "Written data is sent in order, and before the returned iterable.",
    async check(subject) {
      const answer = await new Visit(subject).get("write");
      same("the answer", [answer.status, answer.body], [200, "written twice returned"]);
    },
  },
  {
    id: "write-alone",
    section: SECTION,
    rule: "After write(), the returned iterable may be empty.",
    async check(subject) {
      const answer = await new Visit(subject).get("write-alone");
      same("the answer", [answer.status, answer.body], [200, "written"]);
    },
  },
  {
    id: "write-sends-at-once",
    section: SECTION,
    rule: "Written data is sent while the application continues.",
    async check(subject) {
      const visit = new Visit(subject);
      const came = await comesFirst(visit, "first piece\n", {}, "write-steps");
      holds(came, "it was held back while the application went on");
      await visit.noted("in time");
    },
  },
  {
    id: "write-and-list-of-one",
    section: pep("Handling the Content-Length Header"),
    rule: "A list of one chunk does not determine the length if write() was called before.",
    async check(subject) {
      const answer = await new Visit(subject).get("write");
      same("the body", [answer.body.length, answer.whole], [22, true]);
      same("bytes after it", answer.rest, "");
    },
  },
  {
    id: "write-much",
    section: SECTION,
    rule: "Five megabytes passed to write() arrive complete and in order.",
    async check(subject) {
      const answer = await new Visit(subject).ask({ milliseconds: 10_000 }, "write-much");
      const wanted = [..."01234"].map((digit) => digit.repeat(1_000_000)).join("");
      same("its length", answer.body.length, wanted.length);
      holds(answer.body === wanted, "the body was altered");
    },
  },
  {
    id: "write-text-refused",
    section: `${SECTION}, "Unicode Issues"`,
    level: "should",
    rule: "write() rejects text; it requires bytes.",
    async check(subject) {
      const visit = new Visit(subject);
      await visit.get("write-text").catch(() => {});
      same("write()", visit.notes()[0]?.split(" ")[0], "raised");
    },
  },
  {
    id: "write-past-length-raises",
    section: pep("Handling the Content-Length Header"),
    level: "should",
    rule: "write() raises an error beyond the Content-Length.",
    async check(subject) {
      const visit = new Visit(subject);
      await visit.get("write-past").catch(() => {});
      same("write()", (await visit.firstNote())?.split(" ")[0], "raised");
    },
  },
];
