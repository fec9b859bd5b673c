import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { type Answer, parseAnswers } from "./answers.ts";
import type { Subject } from "../case.ts";

/** Milliseconds after which a server that neither answers nor closes is given up. */
const PATIENCE = 4000;
/** Milliseconds in which a request that got through reaches the application. */
const SETTLE = 150;

/** What a server did with the bytes it was sent. */
export interface Exchange {
  answers: Answer[];
  /** All that came, one character a byte. */
  text: string;
  /** The server has ended the connection, by itself. */
  closed: boolean;
  /** Neither an answer nor the end came in time. */
  hung: boolean;
}

export interface SendOptions {
  /** Enough answers have come: end the connection. 1 unless given; Infinity waits for the server to close. */
  answers?: number;
  /** End our half of the connection behind the bytes. */
  half?: boolean;
  /** Of the requests, where some are HEAD. */
  methods?: string[];
  /** Milliseconds to wait in all. */
  patience?: number;
  /** Milliseconds between two of the pieces. */
  pause?: number;
}

/** Send bytes (one character each) on a connection of their own, in one or several pieces, and see what comes. */
export function send(
  subject: Subject,
  pieces: string | string[],
  options: SendOptions = {},
): Promise<Exchange> {
  const { answers: enough = 1, methods = [], patience = PATIENCE, pause = 50 } = options;
  return new Promise((resolve) => {
    const socket = connect({ port: subject.port, host: "127.0.0.1", allowHalfOpen: true });
    let text = "";
    let closed = false;
    const finish = (hung: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ answers: parseAnswers(text, methods, closed), text, closed, hung });
    };
    const timer = setTimeout(() => finish(true), patience);
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      if (parseAnswers(text, methods, false).length >= enough) finish(false);
    });
    const over = (): void => {
      closed = true;
      finish(false);
    };
    socket.on("end", over);
    // A server may close with a reset where bytes are left that it does not want.
    socket.on("error", over);
    socket.on("connect", async () => {
      const [first = "", ...rest] = [pieces].flat();
      socket.write(Buffer.from(first, "latin1"));
      for (const piece of rest) {
        await new Promise((go) => setTimeout(go, pause));
        if (!socket.destroyed) socket.write(Buffer.from(piece, "latin1"));
      }
      if (options.half) socket.end();
    });
  });
}

/** What the application has noted of a request. */
export interface Seen {
  method: string;
  path: string;
  query: string;
  environ: Record<string, string>;
  length: number;
  sha256: string;
}

/** The requests with this mark in their path that have reached the application. */
export async function seen(subject: Subject, mark: string): Promise<Seen[]> {
  await new Promise((resolve) => setTimeout(resolve, SETTLE));
  let text = "";
  try {
    text = readFileSync(join(subject.folder, "http.jsonl"), "utf8");
  } catch {
    // nothing has reached it yet
  }
  const all = text.split("\n").filter(Boolean);
  return all.map((line) => JSON.parse(line) as Seen).filter((each) => each.path.includes(mark));
}

/** A path part that no other request has. */
export function newMark(): string {
  return `m${randomUUID().slice(0, 13)}`;
}
