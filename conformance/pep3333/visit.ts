import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { raw, type RawConnection } from "../../testing/socket.ts";
import type { Subject } from "../case.ts";
import { type Answer, ask, type Question, requestOf } from "../client.ts";

/** How a section of the PEP is named. */
export const pep = (section: string): string => `PEP 3333, "${section}"`;

let visits = 0;

/** A request to a view of conformance/apps, and the file that the view notes into what it sees. */
export class Visit {
  readonly #subject: Subject;
  /** The name of that file: the first part of the query. */
  readonly id: string;

  constructor(subject: Subject) {
    this.#subject = subject;
    this.id = `${process.pid}-${++visits}`;
  }

  /** The request target of a view; its arguments come after the id. */
  target(view: string, ...args: string[]): string {
    return `/${view}?${[this.id, ...args].join(",")}`;
  }

  get(view: string, ...args: string[]): Promise<Answer> {
    return this.ask({}, view, ...args);
  }

  ask(question: Question, view: string, ...args: string[]): Promise<Answer> {
    return ask(this.#subject.port, this.target(view, ...args), question);
  }

  /** A connection on which the request has been sent, to see its response come. */
  open(question: Question, view: string, ...args: string[]): Promise<RawConnection> {
    return this.openRaw(requestOf(this.target(view, ...args), question));
  }

  /** A connection on which these bytes have been sent. */
  async openRaw(bytes: string): Promise<RawConnection> {
    const connection = await raw(this.#subject.port);
    connection.write(Buffer.from(bytes, "latin1"));
    return connection;
  }

  /** What the view has noted so far: whole lines, for it may be at writing one, its file there and still empty. */
  notes(): string[] {
    const file = join(this.#subject.folder, this.id);
    return existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(0, -1) : [];
  }

  /** Wait until the view has noted a line. */
  async noted(line: string, milliseconds = 5000): Promise<void> {
    const end = performance.now() + milliseconds;
    while (!this.notes().includes(line)) {
      if (performance.now() > end) throw new Error(`the application was never at "${line}"`);
      await sleep(10);
    }
  }

  /** The first line, which may be noted when the response is there already; undefined if there is none. */
  async firstNote(milliseconds = 2000): Promise<string | undefined> {
    const end = performance.now() + milliseconds;
    while (this.notes().length === 0 && performance.now() < end) await sleep(10);
    return this.notes()[0];
  }

  /** The notes once nothing more is expected, for "exactly once". */
  async allNotes(line: string): Promise<string[]> {
    await this.noted(line);
    await sleep(200);
    return this.notes();
  }

  /** Tell the view that its client has received what the view waits for. */
  seen(): void {
    writeFileSync(join(this.#subject.folder, `${this.id}.seen`), "");
  }
}

/** Send a request and tell the view once something has come; false if it did not come while the view was waiting. */
export async function comesFirst(
  visit: Visit,
  wanted: string,
  question: Question,
  view: string,
  ...args: string[]
): Promise<boolean> {
  const connection = await visit.open(question, view, ...args);
  try {
    await connection.receives(wanted, 2500);
  } catch {
    return false;
  } finally {
    visit.seen();
    connection.destroy();
  }
  return true;
}
