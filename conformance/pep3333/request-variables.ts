import type { Case } from "../case.ts";
import { same } from "../expect.ts";
import { environOf, variable } from "./environ.ts";
import { pep } from "./visit.ts";

const SECTION = pep("environ Variables");

/** What CGI's variables say of the request. */
export const requestVariableCases: Case[] = [
  {
    id: "request-method",
    section: SECTION,
    rule: "REQUEST_METHOD is the method as the client sent it.",
    async check(subject) {
      for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
        const question =
          method === "GET" || method === "OPTIONS" ? { method } : { method, body: "" };
        const { variables } = await environOf(subject, "/environ", question);
        same("it", variables.REQUEST_METHOD?.[1], method);
      }
    },
  },
  {
    id: "server-protocol",
    section: SECTION,
    rule: "SERVER_PROTOCOL is the version that the client used.",
    async check(subject) {
      for (const version of ["1.0", "1.1"] as const) {
        const { variables } = await environOf(subject, "/environ", { version });
        same("it", variables.SERVER_PROTOCOL?.[1], `HTTP/${version}`);
      }
    },
  },
  variable(
    "query-string",
    "QUERY_STRING is the part after the `?`, not decoded.",
    (variables) => same("it", variables.QUERY_STRING?.[1], "a=%20b&c=%2F+d?e=%C3%BC"),
    { target: "/environ?a=%20b&c=%2F+d?e=%C3%BC" },
  ),
  variable("query-string-empty", "Without a `?` QUERY_STRING is empty or absent.", (variables) => {
    same("it", variables.QUERY_STRING?.[1] ?? "", "");
  }),
  variable(
    "content-variables",
    "CONTENT_TYPE and CONTENT_LENGTH have the request's values.",
    (variables) => {
      same("CONTENT_TYPE", variables.CONTENT_TYPE?.[1], "text/x-sent; a=b");
      same("CONTENT_LENGTH", variables.CONTENT_LENGTH?.[1], "4");
    },
    { question: { method: "POST", headers: [["Content-Type", "text/x-sent; a=b"]], body: "body" } },
  ),
  variable("content-variables-empty", "Without them, they are empty or absent.", (variables) => {
    same("CONTENT_TYPE", variables.CONTENT_TYPE?.[1] ?? "", "");
    same("CONTENT_LENGTH", variables.CONTENT_LENGTH?.[1] ?? "", "");
  }),
  variable(
    "http-variables",
    "HTTP_ variables exist for the request's headers, and only for those.",
    (variables) => {
      same("HTTP_X_MADE_UP", variables.HTTP_X_MADE_UP?.[1], "a  value");
      same("HTTP_HOST", variables.HTTP_HOST?.[1], "conformance.test");
      const known = new Set(["HTTP_X_MADE_UP", "HTTP_HOST"]);
      const others = Object.keys(variables).filter((name) => name.startsWith("HTTP_"));
      same(
        "others",
        others.filter((name) => !known.has(name)),
        [],
      );
    },
    { question: { headers: [["x-MADE-up", "a  value"]] } },
  ),
];
