import type { Case, Subject } from "../case.ts";
import { ask, type Question } from "../client.ts";
import { holds, same } from "../expect.ts";
import { pep, Visit } from "./visit.ts";

const SECTION = pep("environ Variables");

/** A variable: its exact type, and its text or its truth. */
type Variables = Record<string, [type: string, value: string] | undefined>;

export async function environOf(
  subject: Subject,
  target = "/environ",
  question: Question = {},
): Promise<{ type: string; variables: Variables }> {
  const answer = await ask(subject.port, target, question);
  same("status", answer.status, 200);
  return JSON.parse(answer.body) as { type: string; variables: Variables };
}

/** A rule about one request's variables. */
export function variable(
  id: string,
  rule: string,
  judge: (variables: Variables, subject: Subject) => void,
  more: Partial<Case> & { target?: string; question?: Question } = {},
): Case {
  const { target, question, ...rest } = more;
  return {
    id,
    section: SECTION,
    rule,
    async check(subject) {
      judge((await environOf(subject, target, question)).variables, subject);
    },
    ...rest,
  };
}

const WSGI = [
  "input",
  "errors",
  "version",
  "url_scheme",
  "multithread",
  "multiprocess",
  "run_once",
];

export const environCases: Case[] = [
  {
    id: "environ-is-dict",
    section: pep("Specification Details"),
    rule: "environ is a dict, not a subclass or a similar object.",
    pythonOnly:
      "The rule is about the type dict of Python (Specification Details: a builtin Python dictionary).",
    async check(subject) {
      same("its type", (await environOf(subject)).type, "dict");
    },
  },
  {
    id: "environ-is-fresh",
    section: pep("Specification Details"),
    rule: "The application may change environ; the next request is not affected.",
    async check(subject) {
      for (let round = 0; round < 10; round += 1) {
        const answer = await new Visit(subject).get("fresh");
        const { left, missing } = JSON.parse(answer.body) as { left: string[]; missing: string[] };
        same("left behind by an earlier request", left, []);
        same("missing since an earlier request", missing, []);
      }
    },
  },
  {
    id: "environ-cleared",
    section: pep("Specification Details"),
    rule: "The application may clear environ, and its response is still sent.",
    async check(subject) {
      const answer = await new Visit(subject).get("cleared");
      same("the answer", [answer.status, answer.body], [200, "cleared"]);
      const head = await new Visit(subject).ask({ method: "HEAD" }, "cleared");
      same("the answer to HEAD", head.status, 200);
    },
  },
  variable(
    "environ-strings",
    "Every CGI variable is a str, not a subclass or another type.",
    (variables) => {
      const names = Object.keys(variables).filter((name) => !name.includes("."));
      same(
        "of other types",
        names.filter((name) => variables[name]?.[0] !== "str"),
        [],
      );
    },
  ),
  variable(
    "environ-latin-1",
    "Strings contain only ISO-8859-1 characters: each byte of a header is one character.",
    (variables) => {
      const wide = (text = ""): boolean => [...text].some((each) => each > "\u00FF");
      same(
        "with others",
        Object.keys(variables).filter((name) => wide(variables[name]?.[1])),
        [],
      );
      same("HTTP_X_NAME", variables.HTTP_X_NAME?.[1], "\u00FC \u00C3\u00BC");
    },
    {
      section: pep("Unicode Issues"),
      question: { headers: [["X-Name", "\u00FC \u00C3\u00BC"]] },
    },
  ),
  variable(
    "environ-required",
    "SERVER_NAME, SERVER_PORT, SERVER_PROTOCOL and REQUEST_METHOD are present and not empty.",
    (variables) => {
      const names = ["SERVER_NAME", "SERVER_PORT", "SERVER_PROTOCOL", "REQUEST_METHOD"];
      same(
        "missing",
        names.filter((name) => !variables[name]?.[1]),
        [],
      );
    },
  ),
  variable("environ-wsgi-variables", "All seven wsgi.* variables are present.", (variables) => {
    same(
      "missing",
      WSGI.filter((name) => !(`wsgi.${name}` in variables)),
      [],
    );
  }),
  variable("wsgi-version", "wsgi.version is the tuple (1, 0).", (variables) => {
    same("it", variables["wsgi.version"], ["tuple", "(1, 0)"]);
  }),
  variable("wsgi-url-scheme", 'wsgi.url_scheme is "http".', (variables) => {
    same("it", variables["wsgi.url_scheme"], ["str", "http"]);
  }),
  variable(
    "environ-absent-left-out",
    "Variables without a value, such as REMOTE_USER, are omitted.",
    (variables) => holds(!("REMOTE_USER" in variables), "REMOTE_USER is there"),
    { level: "should" },
  ),
  variable(
    "environ-extension-names",
    "Names of the server's own variables consist of lower-case letters, digits, dots and underscores.",
    (variables) => {
      const own = Object.keys(variables).filter((name) => name.includes("."));
      same(
        "others",
        own.filter((name) => !/^[a-z0-9._]+$/.test(name)),
        [],
      );
    },
    { level: "should" },
  ),
];
