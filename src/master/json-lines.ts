import type { Socket } from "node:net";
import { breach, isRecord, parseJson, show } from "../shared/message-shape.ts";

/** The longest line between master and front, in characters. Longer ones are skipped. */
const MAX_LINE_CHARACTERS: number = 16 * 1024 * 1024;

/** Write an object as a line of JSON. It is dropped if the socket is closed. */
export function sendLine(socket: Socket, value: object): void {
  if (!socket.destroyed) socket.write(`${JSON.stringify(value)}\n`);
}

/** Is notified of the lines that arrive on a socket. */
export interface LineListener {
  received(value: Record<string, unknown>): void;
  /** A line was too long or not a JSON object. It is skipped. */
  broken(error: Error): void;
}

/** Cuts text into lines, each a JSON object. */
export class LineReader {
  readonly #listener: LineListener;
  readonly #maxCharacters: number;
  #partial = "";
  /** The line that is being read is too long, so its rest is skipped. */
  #skipping = false;

  constructor(listener: LineListener, maxCharacters: number) {
    this.#listener = listener;
    this.#maxCharacters = maxCharacters;
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
    this.#partial += part;
    if (this.#partial.length <= this.#maxCharacters) return;
    this.#partial = "";
    this.#skipping = true;
    this.#listener.broken(breach(`a line is longer than ${this.#maxCharacters} characters`));
  }

  #end(): void {
    const line = this.#partial;
    const skipped = this.#skipping;
    this.#partial = "";
    this.#skipping = false;
    if (skipped) return;
    let value: unknown;
    try {
      value = parseJson(line, "a line");
    } catch (error) {
      return this.#listener.broken(error as Error);
    }
    if (isRecord(value)) this.#listener.received(value);
    else this.#listener.broken(breach(`a line is ${show(value)}, not an object`));
  }
}

/** Read lines from a socket until the other side ends. */
export function readLines(
  socket: Socket,
  listener: LineListener,
  maxCharacters: number = MAX_LINE_CHARACTERS,
): void {
  const reader = new LineReader(listener, maxCharacters);
  socket.setEncoding("utf8");
  socket.on("data", (text: string) => reader.push(text));
  // Ignore errors: the socket closes after each one, and that is handled.
  socket.on("error", () => {});
}
