import type { Case } from "../case.ts";
import { same } from "../expect.ts";
import { pep, Visit } from "./visit.ts";

/** Views that keep every rule, so that what the validator finds is the server's. */
const RIGHT: [name: string, rule: string, body: string | null, ...target: string[]][] = [
  ["hello", "a body of one chunk", "hello\n", "hello"],
  ["lazy", "a generator", "lazy", "lazy"],
  ["chunks", "a list of several", "one two", "iterable", "list"],
  ["empty-chunks", "empty chunks", "one two", "iterable", "empty-pieces"],
  ["write", "write()", "written twice returned", "write"],
  ["replaced", "an error page by way of exc_info", "the error page", "replaced", "plain", "1"],
  ["bodiless", "a 204", "", "bodiless"],
  ["cookies", "headers of the same name", "body", "heads", "cookies"],
  [
    "read",
    "wsgi.input, with its Content-Length",
    null,
    "reads",
    "read:5",
    "readline",
    "readlines",
    "iterate",
  ],
  ["errors", "wsgi.errors", "written", "errors", "writelines"],
];

export const validateCases: Case[] = RIGHT.map(([name, what, body, view = "", ...args]) => ({
  id: `validator-${name}`,
  section: `${pep("Specification Details")}, as wsgiref.validate checks it`,
  rule: `The validator between server and application reports nothing: ${what}.`,
  async check(subject) {
    const visit = new Visit(subject);
    const question = body === null ? { method: "POST", body: "a body\nof two lines\n" } : {};
    const answer = await visit.ask(question, `validated/${view}`, ...args);
    same("it found", visit.notes(), []);
    if (body !== null) same("the body", answer.body, body);
  },
}));
