/** What a case receives: a running server, and what can be observed from outside. */
export interface Subject {
  /** Of 127.0.0.1. */
  port: number;
  /** What the application is written in. */
  language: "python" | "typescript";
  /** A folder that the application writes into what it has seen; its path is in the application's CONFORMANCE_FOLDER. */
  folder: string;
  /** What the server and the application have written to stdout and stderr so far. */
  output(): string;
}

/** One rule of a specification, and how to check it from outside on any server. */
export interface Case {
  /** Stable: it names the rule in results and in the docs, `close-after-error`. */
  id: string;
  /** Where the rule is: `PEP 3333, "The start_response() Callable"`, `RFC 9112, section 6.1`. */
  section: string;
  /** The rule in one sentence. */
  rule: string;
  /** "should" if the specification says no more; "must" if omitted. */
  level?: "must" | "should";
  /** A "should" that Quintet keeps only with a flag: the flag, and the reason that RFC 2119 requires. */
  onDemand?: { flag: string; reason: string };
  /** Why the rule does not exist for an application in TypeScript, with the section that says so. */
  pythonOnly?: string;
  /** Rejects with what came instead if the rule is violated. Takes at most some seconds, even on a server that hangs. */
  check(subject: Subject): Promise<void>;
}
