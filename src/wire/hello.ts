import type { Socket } from "node:net";
import {
  type Fits,
  breach,
  checkShape,
  isOneOf,
  isPid,
  isText,
  isWhole,
  isRecord,
  parseJson,
} from "../shared/message-shape.ts";
import { HEADER_SIZE, HELLO, jsonFrame } from "./frames.ts";

/**
 * What a connection from a worker, or from a zygote, is for. Over a lifeline nothing is ever sent. One for output is closed when
 * the pipes are open that the process has made for what it prints.
 */
export type Carries = "requests" | "answers" | "lifeline" | "output" | "orders";

/** The first words of whoever connects. */
export interface Hello {
  id: number;
  token: string;
  pid: number;
  carries: Carries;
}

const SHAPE: Record<string, Fits> = {
  id: isWhole(0),
  token: isText,
  pid: isPid,
  carries: isOneOf("requests", "answers", "lifeline", "output", "orders"),
};

/** What the front says to itself, to know that everybody who connected before has been heard. It is sent away. */
export const NOBODY: Buffer = jsonFrame(0, {});
/** Longer than any that is true, in bytes. */
const LONGEST = 4096;

/** What comes of the first words on a connection. */
export interface HelloEvents {
  /** The rest is left to this one, which is to read the socket from now on. */
  hello(hello: Hello): void;
  /** It is no hello, though it may say whose it would be. Nothing more is read. */
  broken(error: Error, claim: Claim): void;
}

/** Who somebody says that he is. */
export type Claim = Partial<Record<"id" | "token", unknown>>;

/** Read the first frame of a connection. */
export function readHello(socket: Socket, events: HelloEvents): void {
  let seen: Buffer = Buffer.alloc(0);
  const read = (chunk: Buffer): void => {
    seen = seen.length > 0 ? Buffer.concat([seen, chunk]) : chunk;
    if (seen.equals(NOBODY)) return void socket.destroy();
    let hello: Hello;
    let end: number;
    let claim: Claim = {};
    try {
      end = endOf(seen);
      if (seen.length < end) return;
      const value = parseJson(seen.toString("utf8", HEADER_SIZE, end), "a hello");
      if (isRecord(value)) claim = value;
      hello = checkShape<Hello>(value, "a hello", SHAPE);
    } catch (error) {
      socket.off("data", read);
      return events.broken(error as Error, claim);
    }
    socket.off("data", read);
    socket.pause();
    if (seen.length > end) socket.unshift(seen.subarray(end));
    events.hello(hello);
    socket.resume();
  };
  socket.on("data", read);
  socket.on("error", () => {});
}

/** Where the frame ends, as far as that is known. */
function endOf(seen: Buffer): number {
  if (seen.length < HEADER_SIZE) return HEADER_SIZE;
  const end = HEADER_SIZE + seen.readUInt32LE(0);
  const type = seen[8] as number;
  if (type !== HELLO) throw breach(`a frame of type ${type} where a hello is due`);
  if (end > LONGEST) throw breach(`a hello that is ${end - HEADER_SIZE} bytes long`);
  return end;
}
