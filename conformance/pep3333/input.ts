import { createHash } from "node:crypto";
import type { Case, Subject } from "../case.ts";
import { answerOf, requestOf } from "../client.ts";
import { holds, same } from "../expect.ts";
import { pep, Visit } from "./visit.ts";

const SECTION = pep("Input and Error Streams");
const LINES = "first line\nsecond\n\nfourth without an end";

/** What each way to read gives, one after the other. */
async function reads(
  subject: Subject,
  body: string | undefined,
  ...steps: string[]
): Promise<unknown> {
  const question = body === undefined ? {} : { method: "POST", body };
  const answer = await new Visit(subject).ask(question, "reads", ...steps);
  if (answer.status !== 200) return `status ${answer.status}`;
  return JSON.parse(answer.body) as unknown;
}

function reading(
  id: string,
  rule: string,
  steps: string[],
  wanted: unknown[],
  more: Partial<Case> & { body?: string } = {},
): Case {
  const { body = LINES, ...rest } = more;
  return {
    id,
    section: SECTION,
    rule,
    async check(subject) {
      same("it gave", await reads(subject, body, ...steps), wanted);
    },
    ...rest,
  };
}

const ALL = [LINES.slice(0, 11), "second\n", "\n", "fourth without an end"];

export const inputCases: Case[] = [
  reading(
    "input-read-size",
    "read(size) returns that many bytes, and fewer at the end.",
    ["read:5", "read:6", "read:100"],
    [LINES.slice(0, 5), LINES.slice(5, 11), LINES.slice(11)],
  ),
  reading(
    "input-read",
    "read() without an argument returns the rest.",
    ["read:5", "read"],
    [LINES.slice(0, 5), LINES.slice(5)],
    {
      level: "should",
    },
  ),
  reading(
    "input-readline",
    "readline() returns a line, and at the end a partial line.",
    ["readline", "readline", "readline", "readline"],
    ALL,
  ),
  reading(
    "input-readline-size",
    "readline(size) returns at most that many bytes of a line.",
    ["readline:5", "readline:100", "readline:7"],
    ["first", " line\n", "second\n"],
    { level: "should" },
  ),
  reading(
    "input-readlines",
    "readlines() returns the remaining lines.",
    ["readline", "readlines"],
    [ALL[0], ALL.slice(1)],
  ),
  {
    id: "input-readlines-hint",
    section: SECTION,
    rule: "readlines(hint) returns whole lines from the current position: as many as the hint suggests, or all.",
    async check(subject) {
      const [lines, rest] = (await reads(
        subject,
        LINES,
        "readlines:12",
        "readlines",
      )) as string[][];
      same("all together", [...(lines ?? []), ...(rest ?? [])], ALL);
      holds((lines?.length ?? 0) >= 2, "the hint was 12, and the first line has 11 bytes");
    },
  },
  reading("input-iteration", "Iteration yields the lines.", ["iterate"], [ALL]),
  reading(
    "input-mixed",
    "Each way to read continues where the previous one stopped.",
    ["read:3", "readline", "iterate", "read:5"],
    ["fir", "st line\n", ALL.slice(1), ""],
  ),
  reading(
    "input-ends",
    "At the end, and from then on, reading returns empty bytes.",
    ["read:1000", "read:10", "readline", "readlines", "iterate", "read:10"],
    [LINES, "", "", [], [], ""],
    { level: "should" },
  ),
  {
    id: "input-read-ends",
    section: SECTION,
    level: "should",
    rule: "read() also returns empty bytes at the end.",
    async check(subject) {
      same("it gave", await reads(subject, LINES, "read", "read", "read"), [LINES, "", ""]);
    },
  },
  {
    id: "input-empty",
    section: SECTION,
    level: "should",
    rule: "Without a body, every way to read returns nothing.",
    async check(subject) {
      const steps = ["read:10", "readline", "readlines", "iterate", "read"];
      same("it gave", await reads(subject, undefined, ...steps), ["", "", [], [], ""]);
    },
  },
  {
    id: "input-never-past-its-end",
    section: SECTION,
    rule: "Data after the body on the same connection is never read as part of it.",
    async check(subject) {
      const visit = new Visit(subject);
      const pipelined = requestOf(visit.target("lazy"));
      const target = visit.target("reads", "read:1000", "readline", "readlines");
      const both = await visit.openRaw(
        requestOf(target, { method: "POST", body: "body" }) + pipelined,
      );
      try {
        const answer = await answerOf(both);
        same("it gave", JSON.parse(answer.body), ["body", "", []]);
      } finally {
        both.destroy();
      }
    },
  },
  {
    id: "input-large",
    section: SECTION,
    rule: "Three megabytes arrive unchanged.",
    async check(subject) {
      const body = "0123456789abcde\n".repeat(196_608);
      const hash = createHash("sha256").update(body).digest("hex");
      const question = { method: "POST", body, milliseconds: 10_000 };
      const answer = await new Visit(subject).ask(question, "digest");
      same("it", answer.body, `${body.length} ${hash}`);
    },
  },
];
