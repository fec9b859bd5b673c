import type { Socket } from "node:net";

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

/** Say something: JSON, a value a line. */
export function say(socket: Socket, value: object): void {
  if (!socket.destroyed) socket.write(`${JSON.stringify(value)}\n`);
}

/** Hear what is said, until the other side ends. */
export function listenTo<Value>(socket: Socket, told: (value: Value) => void): void {
  let rest = "";
  socket.setEncoding("utf8");
  socket.on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() as string;
    for (const line of lines) told(JSON.parse(line) as Value);
  });
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
