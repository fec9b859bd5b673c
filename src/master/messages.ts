import type { Socket } from "node:net";
import { breach, isRecord, parseJson, show } from "../shared/message-shape.ts";

/**
 * What parent and front say to each other is of this version (PROTOCOL of python/quintet/parent/front.py): a parent stays what
 * it is through upgrades. It changes only where one of before could not work with one of after.
 */
export const PROTOCOL = 1;

/** A question and its answer carry the same number; what is told without being asked has none. */
export interface Question {
  id?: number;
  /** What is to be done. */
  do: string;
  [more: string]: unknown;
}

/** What a command, or the parent, is told when something did not work. */
export interface Failure {
  code: string;
  message: string;
  detail: string;
  advice: string;
}

export type Answer = { ok: unknown } | { error: Failure };

/** Longer lines are not read, in characters: of the questions of commands, and of all else. */
export const QUESTION_MOST: number = 64 * 1024;
export const LINE_MOST: number = 16 * 1024 * 1024;

/** Say something: JSON, a value a line. */
export function say(socket: Socket, value: object): void {
  if (!socket.destroyed) socket.write(`${JSON.stringify(value)}\n`);
}

/** Cuts what is said into lines, each an object. What is none is told as well, and the next line is read as if nothing was. */
export class LineReader {
  readonly #told: (value: Record<string, unknown>) => void;
  readonly #broken: (error: Error) => void;
  readonly #most: number;
  #text = "";
  /** The rest of a line that is too long. */
  #skipping = false;

  /** @param most characters of a line */
  constructor(
    told: (value: Record<string, unknown>) => void,
    broken: (error: Error) => void,
    most: number,
  ) {
    this.#told = told;
    this.#broken = broken;
    this.#most = most;
  }

  push(text: string): void {
    const lines = text.split("\n");
    const rest = lines.pop() as string;
    for (const line of lines) {
      this.#add(line);
      this.#end();
    }
    this.#add(rest);
  }

  #add(part: string): void {
    if (this.#skipping) return;
    this.#text += part;
    if (this.#text.length <= this.#most) return;
    this.#text = "";
    this.#skipping = true;
    this.#broken(breach(`a line is longer than ${this.#most} characters`));
  }

  #end(): void {
    const line = this.#text;
    const skipped = this.#skipping;
    this.#text = "";
    this.#skipping = false;
    if (skipped) return;
    let value: unknown;
    try {
      value = parseJson(line, "a line");
    } catch (error) {
      return this.#broken(error as Error);
    }
    if (isRecord(value)) this.#told(value);
    else this.#broken(breach(`a line is ${show(value)}, not an object`));
  }
}

/**
 * Hear what is said, until the other side ends.
 *
 * @param broken is told of each line that is none
 */
export function listenTo(
  socket: Socket,
  told: (value: Record<string, unknown>) => void,
  broken: (error: Error) => void,
  most: number = LINE_MOST,
): void {
  const reader = new LineReader(told, broken, most);
  socket.setEncoding("utf8");
  socket.on("data", (text: string) => reader.push(text));
  // Its end is what counts.
  socket.on("error", () => {});
}

/** Do what is asked, and say what came of it. */
export async function answer(doing: () => unknown): Promise<Answer> {
  try {
    return { ok: (await doing()) ?? {} };
  } catch (error) {
    return { error: failureOf(error) };
  }
}

export function failureOf(error: unknown): Failure {
  const { code = "", message = String(error), detail = "", advice = "" } = error as Failure;
  return { code, message, detail, advice };
}
