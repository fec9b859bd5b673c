import { setTimeout as sleep } from "node:timers/promises";
import type { Case, Subject } from "../case.ts";
import { type Answer, answerOf } from "../client.ts";
import { holds, same } from "../expect.ts";
import { pep, Visit } from "./visit.ts";

const ERRORS = pep("Error Handling");
const SERVER = pep("The Server/Gateway Side");

/** Four requests, one after the other: whichever process gets them, each is served. */
async function nextIsFine(subject: Subject): Promise<void> {
  for (let round = 0; round < 4; round += 1) {
    const answer = await new Visit(subject).get("hello").catch((error: Error) => error);
    // How it fails depends on how far a process that ends has come.
    if (answer instanceof Error) throw new Error("the next request is not served");
    same("the next answer", [answer.status, answer.body], [200, "hello\n"]);
  }
}

/** An error in the application is no good answer, and the server goes on. */
function raising(
  id: string,
  what: string,
  kind: string,
  when: string,
  more: Partial<Case> = {},
): Case {
  return {
    id,
    section: ERRORS,
    level: "should",
    rule: `${what} is caught: the client gets no successful response, and the next request is served.`,
    async check(subject) {
      const answer = await new Visit(subject)
        .get("raises", kind, when)
        .catch((error: Error) => error);
      if (answer instanceof Error) {
        holds(!answer.message.startsWith("no "), `the client waits: ${answer.message}`);
      } else {
        const good = answer.whole && answer.status < 500;
        holds(!good, `it looks whole, with status ${answer.status}`);
      }
      await nextIsFine(subject);
    },
    ...more,
  };
}

/** A view that does something to its process, and answers all the same. */
function answering(
  id: string,
  rule: string,
  wanted: string | ((answer: Answer) => boolean),
  view: string,
  args: string[] = [],
  more: Partial<Case> = {},
): Case {
  return {
    id,
    section: SERVER,
    level: "should",
    rule: `${rule}, and the next request is served.`,
    async check(subject) {
      const answer = await new Visit(subject).ask({ milliseconds: 10_000 }, view, ...args);
      if (typeof wanted === "string")
        same("the answer", [answer.status, answer.body], [200, wanted]);
      else holds(wanted(answer), `status ${answer.status}`);
      await nextIsFine(subject);
    },
    ...more,
  };
}

const PYTHON_EXCEPTIONS =
  "Only Python has exceptions outside Exception (Error Handling); process.exit() is os._exit() here.";

export const unrulyCases: Case[] = [
  raising("error-when-called", "An exception of the application", "exception", "called"),
  raising("error-in-iteration", "An exception before the first chunk", "exception", "first"),
  raising("error-in-stream", "An exception after the first chunk", "exception", "later"),
  raising("system-exit", "SystemExit", "system-exit", "called", { pythonOnly: PYTHON_EXCEPTIONS }),
  raising("system-exit-in-stream", "SystemExit after the first chunk", "system-exit", "later", {
    pythonOnly: PYTHON_EXCEPTIONS,
  }),
  raising(
    "keyboard-interrupt",
    "A KeyboardInterrupt that the application raises",
    "keyboard-interrupt",
    "called",
    { pythonOnly: PYTHON_EXCEPTIONS },
  ),
  raising("base-exception", "A BaseException that is not an Exception", "base", "first", {
    pythonOnly: PYTHON_EXCEPTIONS,
  }),
  raising("stop-iteration", "StopIteration, where nobody iterates,", "stop-iteration", "called", {
    pythonOnly: PYTHON_EXCEPTIONS,
  }),
  {
    id: "error-is-logged",
    section: ERRORS,
    level: "should",
    rule: "The exception that ended the application is in the log.",
    async check(subject) {
      for (const when of ["called", "first", "later"]) {
        const visit = new Visit(subject);
        await visit.get("raises", "exception", when).catch(() => {});
        const end = performance.now() + 2000;
        const wanted = `raised in ${visit.id}`;
        while (!subject.output().includes(wanted) && performance.now() < end) await sleep(20);
        holds(subject.output().includes(wanted), `it is not (raised ${when})`);
      }
    },
  },
  {
    id: "process-ends",
    section: SERVER,
    level: "should",
    rule: "If a process dies during a request, its client does not hang, and the next request is served.",
    async check(subject) {
      const answer = await new Visit(subject).get("leaves").catch((error: Error) => error);
      if (answer instanceof Error) {
        holds(!answer.message.startsWith("no "), `the client waits: ${answer.message}`);
      } else holds(answer.status >= 500, `status ${answer.status}`);
      await nextIsFine(subject);
    },
  },
  answering(
    "recursion",
    "Infinite recursion is an error of that request alone",
    (answer) => answer.status >= 500,
    "deep",
  ),
  {
    id: "fork",
    section: SERVER,
    level: "should",
    rule: "A surviving child process does not keep the client waiting, and the next request is served.",
    pythonOnly:
      "Node has no fork() of a running program (The Server/Gateway Side leaves processes to the language).",
    async check(subject) {
      const connection = await new Visit(subject).open({}, "fork");
      try {
        const answer = await answerOf(connection, { milliseconds: 2000 });
        same("the answer", [answer.status, answer.body], [200, "the parent"]);
      } finally {
        connection.destroy();
      }
      await nextIsFine(subject);
    },
  },
  answering(
    "subprocess",
    "An application can run programs and get their output and status",
    "from a program 7",
    "runs",
  ),
  answering(
    "signal",
    "A handler for a signal that the application sets is called",
    "rung",
    "alarm",
    [],
    {
      pythonOnly:
        "SIGALRM, which interrupts a view, is Python's alone; Node handles signals between turns.",
    },
  ),
  answering(
    "print",
    "A megabyte on stdout, or text that looks like a response, reaches no client",
    "printed",
    "prints",
    ["stdout"],
  ),
  answering("megabyte-on-stderr", "A megabyte on stderr stops nothing", "printed", "prints", [
    "stderr",
  ]),
  {
    id: "error-in-background",
    section: SERVER,
    level: "should",
    rule: "An error in a thread or timer left by one request does not affect other requests.",
    async check(subject) {
      const answer = await new Visit(subject).get("thread");
      same("the answer", [answer.status, answer.body], [200, "begun"]);
      await sleep(250);
      await nextIsFine(subject);
    },
  },
];
