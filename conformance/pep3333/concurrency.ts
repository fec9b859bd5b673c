import type { Case, Subject } from "../case.ts";
import { holds, same } from "../expect.ts";
import { pep, Visit } from "./visit.ts";

const SECTION = pep("environ Variables");

interface Flags {
  "wsgi.multithread": boolean;
  "wsgi.multiprocess": boolean;
  "wsgi.run_once": boolean;
}

interface Seen {
  flags: Flags[];
  /** Whether two ran in one process at the same time. */
  overlap: boolean;
  processes: Set<string>;
  requests: number;
}

/** Twelve slow requests at once, and which processes ran them. */
async function together(subject: Subject): Promise<Seen> {
  const visit = new Visit(subject);
  const one = (): Promise<Flags> =>
    visit.ask({ milliseconds: 10_000 }, "busy").then((answer) => JSON.parse(answer.body) as Flags);
  const flags = await Promise.all(Array.from({ length: 12 }, one));
  const inside = new Map<string, number>();
  let overlap = false;
  for (const note of visit.notes()) {
    const [what, pid = ""] = note.split(" ");
    const now = (inside.get(pid) ?? 0) + (what === "begins" ? 1 : -1);
    inside.set(pid, now);
    overlap ||= now > 1;
  }
  return { flags, overlap, processes: new Set(inside.keys()), requests: flags.length };
}

export const concurrencyCases: Case[] = [
  {
    id: "multithread-is-true",
    section: SECTION,
    level: "should",
    rule: "wsgi.multithread is true if the application can be invoked again in the same process while it runs.",
    async check(subject) {
      const { flags, overlap } = await together(subject);
      const says = flags.map((each) => each["wsgi.multithread"]);
      if (overlap) same("it", [...new Set(says)], [true]);
    },
  },
  {
    id: "multithread-is-false",
    section: SECTION,
    level: "should",
    rule: "wsgi.multithread is false if twelve simultaneous requests never overlap in a process.",
    async check(subject) {
      const { flags, overlap } = await together(subject);
      const says = flags.map((each) => each["wsgi.multithread"]);
      if (!overlap) same("it", [...new Set(says)], [false]);
    },
  },
  {
    id: "multiprocess-is-true",
    section: SECTION,
    level: "should",
    rule: "wsgi.multiprocess is true if another process also runs the application.",
    async check(subject) {
      const { flags, processes } = await together(subject);
      const says = flags.map((each) => each["wsgi.multiprocess"]);
      if (processes.size > 1) same("it", [...new Set(says)], [true]);
    },
  },
  {
    id: "run-once-is-false",
    section: SECTION,
    level: "should",
    rule: "wsgi.run_once is false if a process serves several requests.",
    async check(subject) {
      const { flags, processes, requests } = await together(subject);
      holds(processes.size > 0, "no request was served");
      const says = flags.map((each) => each["wsgi.run_once"]);
      if (processes.size < requests) same("it", [...new Set(says)], [false]);
    },
  },
];
