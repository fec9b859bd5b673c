import type { Case, Subject } from "./case.ts";
import { httpCases } from "./http/all.ts";
import { pepCases } from "./pep3333/all.ts";

/** A specification, and the application that its cases are checked with. */
export interface Table {
  id: string;
  title: string;
  /** Of conformance/apps, without its extension. */
  app: string;
  cases: Case[];
}

export const tables: Table[] = [
  { id: "pep", title: "PEP 3333", app: "pep_app", cases: pepCases },
  { id: "http", title: "HTTP", app: "http_app", cases: httpCases },
];

/** Those whose rule exists in the language. */
export function casesFor({ cases }: Table, language: Subject["language"]): Case[] {
  return cases.filter((each) => language === "python" || each.pythonOnly === undefined);
}
