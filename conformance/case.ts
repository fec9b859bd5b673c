/** What a case is given: a server that runs, and what can be seen of it from outside. */
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

/** One rule of a specification, and how it is checked from outside, on any server. */
export interface Case {
  /** Stable: it names the rule in results and in the docs, `close-after-error`. */
  id: string;
  /** Where the rule is: `PEP 3333, "The start_response() Callable"`, `RFC 9112, section 6.1`. */
  section: string;
  /** The rule in one sentence. */
  rule: string;
  /** "should" where the specification says no more; "must" if left out. */
  level?: "must" | "should";
  /** A "should" that Quintet does not keep unless it is told to: how, and the reason that RFC 2119 asks for. */
  onDemand?: { flag: string; reason: string };
  /** Why the rule does not exist for an application in TypeScript, with the section that says so. */
  pythonOnly?: string;
  /** Rejects, saying what came instead, where the rule is not kept. Takes at most some seconds, also on a server that hangs. */
  check(subject: Subject): Promise<void>;
}
