import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type HostProcess, startProcess } from "../peers/process.ts";
import { cleanEnvironment } from "../testing/command.ts";
import { freePort } from "../testing/ports.ts";
import type { Case, Subject } from "./case.ts";
import { ask } from "./client.ts";
import { apps, type Server } from "./servers.ts";

/** How long a server may take to answer its first request, and a case to come to its end. */
const START_LIMIT = 30_000;
const CASE_LIMIT = 30_000;
/** How long one may take to end. uWSGI as its quickstart has it never does: it takes SIGTERM for a reload. */
const STOP_LIMIT = 15_000;

/** A server that runs one application, for one table; it is started anew where a case has left it dead or hanging. */
export class Site {
  readonly #server: Server;
  readonly #app: string;
  readonly #folder: string;
  #process: HostProcess | null = null;
  #port = 0;
  /** How often a case has left the server so that it had to be started anew. */
  restarts = 0;

  constructor(server: Server, app: string) {
    this.#server = server;
    this.#app = app;
    this.#folder = mkdtempSync(join(tmpdir(), "conformance-"));
    // The servers may run as another user.
    chmodSync(this.#folder, 0o777);
  }

  /** Null if the rule is kept; else what came instead. */
  async judge(each: Case): Promise<string | null> {
    await this.#ready();
    const subject: Subject = {
      port: this.#port,
      language: this.#server.language,
      folder: this.#folder,
      output: () => this.#process?.output() ?? "",
    };
    const limit = new AbortController();
    const tooLong = sleep(CASE_LIMIT, undefined, { signal: limit.signal }).then(
      () => {
        throw new Error("no end of the case");
      },
      () => {},
    );
    try {
      await Promise.race([each.check(subject), tooLong]);
      return null;
    } catch (error) {
      const { message, code } = error as NodeJS.ErrnoException;
      return code === "ECONNREFUSED" ? "the server is gone" : shortened(message, this.#port);
    } finally {
      limit.abort();
    }
  }

  async stop(): Promise<void> {
    await this.#process?.stop("SIGTERM", STOP_LIMIT);
    this.#process = null;
  }

  /** Stop it, and remove what it has written. */
  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #ready(): Promise<void> {
    if (this.#process !== null) {
      // More than one process may have been left hanging: each is asked.
      const answers = Array.from({ length: 4 }, () => this.#answers(3000));
      if ((await Promise.all(answers)).every(Boolean)) return;
      this.restarts += 1;
      await this.stop();
    }
    await this.#start();
  }

  async #start(): Promise<void> {
    this.#port = await freePort();
    const scratch = mkdtempSync(join(this.#folder, "server-"));
    chmodSync(scratch, 0o777);
    const command = this.#server.command({ port: this.#port, app: this.#app, scratch });
    const env = {
      ...cleanEnvironment(),
      HOME: scratch,
      CONFORMANCE_FOLDER: this.#folder,
      PYTHONDONTWRITEBYTECODE: "1",
    };
    this.#process = await startProcess(command, { cwd: apps, env });
    const end = performance.now() + START_LIMIT;
    while (!(await this.#answers(1000))) {
      if (performance.now() > end) {
        const output = this.#process.output();
        await this.stop();
        throw new Error(`${this.#server.title} does not answer:\n${output}`);
      }
      await sleep(50);
    }
  }

  #answers(milliseconds: number): Promise<boolean> {
    return ask(this.#port, "/", { milliseconds }).then(
      (answer) => answer.status === 200,
      () => false,
    );
  }
}

/** One line that is not too long, without what is another in each run. */
function shortened(message: string, port: number): string {
  const line = message
    .replace(/(?<=the application has seen) \{.*?(?=, for "|$)/s, " it")
    .split("\n", 1)[0] as string;
  const same = line
    .replaceAll(String(port), "PORT")
    .replaceAll(/m[0-9a-f]{8}-[0-9a-f]{4}/g, "MARK");
  return same.length > 200 ? `${same.slice(0, 199)}…` : same;
}
