import assert from "node:assert/strict";
import type { LogLine, Running } from "./server.ts";
import { until } from "./wait.ts";

/** A frame as tests/apps/garbage.py writes it. */
export interface BadFrame {
  type: number;
  flags: number;
  /** Null for the request that the worker runs, plus `behind`. */
  id: number | null;
  behind: number;
  /** Base64. */
  payload: string;
  /** The length it claims; null for the real one. */
  length: number | null;
}

/** What a worker says. */
export interface Words {
  to: "answers" | "requests" | "lifeline" | "hello" | "page";
  /** Frames, and base64 of bytes. */
  say: (BadFrame | string)[];
  /** Say hello on a connection of its own; `mine` stands for what the worker was told. */
  hello: Record<string, unknown> | null;
  page: [word: number, value: number] | null;
  /** What the view does then: wait for its end, or answer once the front has closed that connection. */
  next: "wait" | "closed";
}

/** One invalid message from a worker. */
export interface Case {
  name: string;
  words: Words;
  /** What the log must say about it; null to skip that check. */
  says: RegExp | null;
  /** `killed`: the worker, its request gets 502; `cut`: the same after the head; `dropped`: only the connection is closed. */
  ends: "killed" | "cut" | "dropped";
}

type Payload = string | Buffer | object | null;

export function bytesOf(payload: Payload): Buffer {
  if (Buffer.isBuffer(payload)) return payload;
  if (typeof payload === "string") return Buffer.from(payload, "latin1");
  return Buffer.from(JSON.stringify(payload));
}

/** A frame about the running request, unless `more` says otherwise. */
export function bad(type: number, payload: Payload, more: Partial<BadFrame> = {}): BadFrame {
  const encoded = bytesOf(payload).toString("base64");
  return { type, flags: 0, id: null, behind: 0, payload: encoded, length: null, ...more };
}

/** u32 numbers, then bytes. */
export function numbers(values: number[], rest: string | Buffer = ""): Buffer {
  const data = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) data.writeUInt32LE(value, index * 4);
  return Buffer.concat([data, bytesOf(rest)]);
}

/** The payload of an ANSWER or a START. */
export function response(head: string, body: string | Buffer = ""): Buffer {
  return numbers([0, head.length], Buffer.concat([bytesOf(head), bytesOf(body)]));
}

export function words(say: Words["say"], more: Partial<Words> = {}): Words {
  return { to: "answers", say, hello: null, page: null, next: "wait", ...more };
}

/** Make a worker send something, and check what happens to the request during which it does. */
export async function haveSaid(server: Running, { words: order, ends, says }: Case): Promise<void> {
  const { front } = server;
  const before = server.log().length;
  const request = fetch(`${server.url}/say`, { method: "POST", body: JSON.stringify(order) });
  if (ends === "cut") {
    await assert.rejects(async () => (await request).text(), "the response was cut short");
  } else {
    const answer = await request;
    const text = await answer.text();
    assert.equal(answer.status, ends === "killed" ? 502 : 200, text);
    if (ends === "killed") assert.match(text, /QUINTET_PROTOCOL, request \w+/);
  }
  assert.equal((await fetch(`${server.url}/pid`)).status, 200);
  assert.equal(server.front, front, "the front is the same process");
  if (says === null) return;
  const fits = ({ code, msg }: LogLine): boolean =>
    code === "QUINTET_PROTOCOL" && says.test(msg ?? "");
  await until(() => server.log().slice(before).some(fits), `the log says ${says}`).catch(
    (error: Error) => {
      throw new Error(`${error.message}\n${server.output().slice(-3000)}`);
    },
  );
}
