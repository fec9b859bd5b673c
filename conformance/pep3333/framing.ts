import type { Case, Subject } from "../case.ts";
import { type Answer, answerOf, parse, requestOf, values } from "../client.ts";
import { holds, same } from "../expect.ts";
import { pep, Visit } from "./visit.ts";

const HTTP = pep("Handling the Content-Length Header");

/** What comes after a response that has no body, until nothing more comes. */
async function bodiless(
  subject: Subject,
  method: string,
  view: string,
  ...args: string[]
): Promise<Answer> {
  const connection = await new Visit(subject).open({ method }, view, ...args);
  try {
    await answerOf(connection, { method });
    await connection.closed(300).catch(() => {});
    return parse(connection.received(), method) as Answer;
  } finally {
    connection.destroy();
  }
}

function bodilessCase(status: string): Case {
  return {
    id: `body-of-${status}-not-sent`,
    section: `${HTTP}; RFC 9110, section 15; RFC 9112, section 6.3`,
    rule: `A ${status} has no body, whatever the application gives.`,
    async check(subject) {
      const answer = await bodiless(subject, "GET", "status", status);
      same("status", answer.status, Number(status));
      same("after the head", answer.rest, "");
      same("Transfer-Encoding", status === "204" ? values(answer, "transfer-encoding") : [], []);
    },
  };
}

export const framingCases: Case[] = [
  {
    id: "body-of-head-not-sent",
    section: `${HTTP}; RFC 9110, section 9.3.2`,
    rule: "A response to HEAD has no body, whatever the application returns.",
    async check(subject) {
      for (const args of [["lazy"], ["length", "5", "5", "one"], ["iterable", "list"]]) {
        const [view = "", ...rest] = args;
        const answer = await bodiless(subject, "HEAD", view, ...rest);
        same("status", answer.status, 200);
        same(`after the head of ${view}`, answer.rest, "");
      }
    },
  },
  {
    id: "length-of-head-kept",
    section: pep("Other HTTP Features"),
    level: "should",
    rule: "The application's Content-Length in a response to HEAD is sent.",
    async check(subject) {
      const answer = await bodiless(subject, "HEAD", "length", "5", "5", "one");
      same("Content-Length", values(answer, "content-length"), ["5"]);
    },
  },
  bodilessCase("204"),
  bodilessCase("304"),
  {
    id: "length-of-204-not-sent",
    section: `${HTTP}; RFC 9110, section 8.6`,
    rule: "A 204 gets no Content-Length.",
    async check(subject) {
      const answer = await bodiless(subject, "GET", "bodiless");
      same("Content-Length", values(answer, "content-length"), []);
    },
  },
  {
    id: "http-1.0-is-not-chunked",
    section: `${HTTP}; RFC 9112, section 6.1`,
    rule: "A response to an HTTP/1.0 client is never chunked: it has a length, or ends when the connection closes.",
    async check(subject) {
      for (const kind of ["list", "generator"]) {
        const answer = await new Visit(subject).ask({ version: "1.0" }, "iterable", kind);
        same("Transfer-Encoding", values(answer, "transfer-encoding"), []);
        same("the body", answer.body, "one two");
      }
    },
  },
  {
    id: "http-1.1-has-an-end",
    section: `${HTTP}; RFC 9112, sections 6.1 and 9.6`,
    rule: "A response of unknown length is chunked, or has `Connection: close` and ends when the connection closes.",
    async check(subject) {
      const answer = await new Visit(subject).get("iterable", "generator");
      same("the body", answer.body, "one two");
      if (answer.framing === "chunked") return;
      const says = values(answer, "connection").join().toLowerCase();
      same("Connection, where the end is that of the connection", says, "close");
    },
  },
  {
    id: "http-1.1-never-length-and-chunked",
    section: `${HTTP}; RFC 9112, section 6.2`,
    rule: "A chunked response has no Content-Length.",
    async check(subject) {
      for (const args of [["lazy"], ["length", "5", "5", "many"], ["iterable", "list-of-one"]]) {
        const [view = "", ...rest] = args;
        const answer = await new Visit(subject).get(view, ...rest);
        const both = answer.framing === "chunked" && values(answer, "content-length").length > 0;
        holds(!both, `${view} has both`);
      }
    },
  },
  {
    id: "connection-in-step",
    section: `${HTTP}; RFC 9112, section 9.3`,
    rule: "On a persistent connection, the next response begins right after the previous one.",
    async check(subject) {
      for (const [method, ...rest] of ROUNDS) {
        const [view = "", ...args] = rest;
        const visit = new Visit(subject);
        const connection = await visit.open({ method }, view, ...args);
        try {
          const first = await answerOf(connection, { method });
          if (connection.socket.closed || isLast(first)) continue;
          connection.write(requestOf(visit.target("lazy")));
          const second = (text: string): boolean =>
            connection.socket.closed || parse(parse(text, method)?.rest ?? "")?.whole === true;
          const text = await connection.receives(second, 3000);
          const next = parse((parse(text, method) as Answer).rest);
          holds(next !== null, `the connection ended after ${method} ${view}, unannounced`);
          same(`after ${method} ${view}`, next?.body, "lazy");
        } finally {
          connection.destroy();
        }
      }
    },
  },
];

const ROUNDS: string[][] = [
  ["GET", "lazy"],
  ["GET", "iterable", "list"],
  ["GET", "length", "5", "5", "one"],
  ["GET", "empty"],
  ["GET", "bodiless"],
  ["GET", "status", "304"],
  ["HEAD", "iterable", "list"],
];

function isLast(answer: Answer): boolean {
  return answer.framing === "close" || /close/i.test(values(answer, "connection").join());
}
