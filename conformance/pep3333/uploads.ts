import { createHash } from "node:crypto";
import type { Case, Subject } from "../case.ts";
import { answerOf, parse, requestOf } from "../client.ts";
import { same } from "../expect.ts";
import { pep, Visit } from "./visit.ts";

const SECTION = pep("Input and Error Streams");
const LINES = "first line\nsecond\n\nfourth without an end";

/** A body that is not read, or not wholly, and another request behind it on the same connection. */
async function inStepAfter(subject: Subject, ...steps: string[]): Promise<void> {
  const visit = new Visit(subject);
  const connection = await visit.open({ method: "POST", body: LINES }, "reads", ...steps);
  try {
    const first = await answerOf(connection);
    same("status", first.status, 200);
    connection.write(requestOf(visit.target("lazy")));
    const both = (text: string): boolean =>
      connection.socket.closed || parse(parse(text)?.rest ?? "")?.whole === true;
    const text = await connection.receives(both, 3000);
    const second = parse(parse(text)?.rest ?? "");
    // It may end the connection; what it may not is take the rest of the body for a request.
    if (second) same("the next answer", [second.status, second.body], [200, "lazy"]);
  } finally {
    connection.destroy();
  }
}

/** Bodies as they come over a connection. */
export const uploadCases: Case[] = [
  {
    id: "input-not-read",
    section: SECTION,
    rule: "The application need not read the body; later requests are not affected.",
    check: (subject) => inStepAfter(subject),
  },
  {
    id: "input-read-in-part",
    section: SECTION,
    rule: "It may read a part of the body.",
    check: (subject) => inStepAfter(subject, "read:5"),
  },
  {
    id: "input-chunked-is-decoded",
    section: pep("Other HTTP Features"),
    rule: "A chunked body is decoded, if it is accepted at all.",
    async check(subject) {
      const visit = new Visit(subject);
      const head = requestOf(visit.target("digest"), {
        method: "POST",
        headers: [["Transfer-Encoding", "chunked"]],
      });
      const connection = await visit.openRaw(`${head}4\r\nbody\r\n3\r\n, 2\r\n0\r\n\r\n`);
      try {
        const answer = await answerOf(connection);
        if (answer.status === 411 || answer.status === 501) return;
        const hash = createHash("sha256").update("body, 2").digest("hex");
        same("the application read", answer.body, `7 ${hash}`);
      } finally {
        connection.destroy();
      }
    },
  },
  {
    id: "expect-continue",
    section: pep("HTTP 1.1 Expect/Continue"),
    rule: "A client that waits for 100 Continue gets its response, at once or after it stops waiting.",
    async check(subject) {
      const visit = new Visit(subject);
      const expects: [string, string][] = [
        ["Expect", "100-continue"],
        ["Content-Length", "4"],
      ];
      const connection = await visit.openRaw(
        requestOf(visit.target("reads", "read:4"), { method: "POST", headers: expects }),
      );
      try {
        await connection.receives("\r\n\r\n", 1500).catch(() => {});
        connection.write("body");
        const answer = await answerOf(connection);
        same("the answer", [answer.status, answer.body.replaceAll(" ", "")], [200, '["body"]']);
      } finally {
        connection.destroy();
      }
    },
  },
];
