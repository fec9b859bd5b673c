import { afterEach, type TestContext } from "node:test";

/** What a failed test prints about the servers it started: the end of their logs. */
interface Started {
  /** Its command. */
  title: string;
  output(): string;
  pid: number;
}

/** How many characters of a log are shown. */
const MAX_LOG_CHARACTERS = 6000;

let started: Started[] = [];
let shown = false;

/** Print a server's log if the current test fails. */
export function showIfFailed(server: Started): void {
  started.push(server);
}

// Also a program of bench/ or faults/ starts servers; node:test would take it for a test.
if (process.argv[1]?.endsWith(".test.ts")) {
  afterEach((context) => {
    const { name, passed } = context as TestContext;
    if (passed === false) for (const server of started) show(name, server);
    // Servers of the whole file go on, and are shown with the next test that fails.
    started = started.filter(({ pid }) => isRunning(pid));
  });
  process.on("exit", (code) => {
    // A file that fails in a hook, or is ended because it takes too long.
    if (code !== 0 && !shown) for (const server of started) show("the whole file", server);
  });
}

function show(test: string, { title, output, pid }: Started): void {
  shown = true;
  const text = output();
  const cut = text.length > MAX_LOG_CHARACTERS ? `… (${text.length} characters)\n` : "";
  console.log(
    `--- ${test}: log of ${title} (pid ${pid})\n${cut}${text.slice(-MAX_LOG_CHARACTERS).trimEnd()}\n---`,
  );
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
