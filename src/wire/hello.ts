import type { Socket } from "node:net";
import { breach, isRecord, parseJson } from "../shared/message-shape.ts";
import { HEADER_BYTES, HELLO, jsonFrame } from "./frames.ts";
import type { Hello } from "./json-messages.ts";
import { checkHello } from "./message-readers.ts";

/** The front sends this to its own socket. When it arrives, the front has read the hello of every earlier connection. */
export const SYNC_FRAME: Buffer = jsonFrame(0, {});
/** Longer than every valid hello. */
const MAX_HELLO_BYTES = 4096;

/** Exactly one of these is called for a connection. */
export interface HelloEvents {
  /** The hello is valid. The receiver reads the socket from now on. */
  hello(hello: Hello): void;
  /** The hello is invalid. Nothing more is read. `claim` is what it says about its sender. */
  broken(error: Error, claim: Claim): void;
}

/** Who the sender of a broken hello claims to be. */
export type Claim = Partial<Record<"id" | "token", unknown>>;

/** Read the HELLO of a new connection. */
export function readHello(socket: Socket, events: HelloEvents): void {
  let seen: Buffer = Buffer.alloc(0);
  const read = (chunk: Buffer): void => {
    seen = seen.length > 0 ? Buffer.concat([seen, chunk]) : chunk;
    if (seen.equals(SYNC_FRAME)) return void socket.destroy();
    let hello: Hello;
    let end: number;
    let claim: Claim = {};
    try {
      end = endOf(seen);
      if (seen.length < end) return;
      const value = parseJson(seen.toString("utf8", HEADER_BYTES, end), "a hello");
      if (isRecord(value)) claim = value;
      hello = checkHello(value);
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

/** Where the frame ends or, while the header is incomplete, where the header ends. Throws if the frame is not a HELLO. */
function endOf(seen: Buffer): number {
  if (seen.length < HEADER_BYTES) return HEADER_BYTES;
  const end = HEADER_BYTES + seen.readUInt32LE(0);
  const type = seen[8] as number;
  if (type !== HELLO) throw breach(`a frame of type ${type} where a hello is expected`);
  if (end > MAX_HELLO_BYTES) throw breach(`a hello that is ${end - HEADER_BYTES} bytes long`);
  return end;
}
