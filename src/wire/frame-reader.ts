import type { Socket } from "node:net";
import { breach } from "../shared/message-shape.ts";
import { HEADER_BYTES, MAX_FRAME_BYTES } from "./frames.ts";

/** Receives one frame. The payload is `buffer` from `start` to `end`, and stays valid after the call. */
export type OnFrame = (
  type: number,
  flags: number,
  id: number,
  buffer: Buffer,
  start: number,
  end: number,
) => void;

/** The longest payload of a frame of this type, in bytes. */
export type MaxPayload = (type: number) => number;

/**
 * Cuts a stream of bytes into frames. An incomplete frame takes only the memory of its whole length, even if it arrives in
 * tiny pieces.
 */
export class FrameReader {
  readonly #onFrame: OnFrame;
  readonly #maxPayload: MaxPayload;
  readonly #header: Buffer = Buffer.alloc(HEADER_BYTES);
  /** The incomplete frame, once its header is complete. */
  #frame: Buffer | null = null;
  /** How many of its bytes have arrived. */
  #have = 0;

  constructor(onFrame: OnFrame, maxPayload: MaxPayload = () => MAX_FRAME_BYTES) {
    this.#onFrame = onFrame;
    this.#maxPayload = maxPayload;
  }

  /** Whether a frame is incomplete. */
  get partial(): boolean {
    return this.#have > 0;
  }

  /** @throws {QuintetError} QUINTET_PROTOCOL for a frame that is too long */
  push(chunk: Buffer): void {
    let position = this.#have > 0 ? this.#addToPartial(chunk) : 0;
    const end = chunk.length;
    while (end - position >= HEADER_BYTES) {
      const start = position + HEADER_BYTES;
      const length = chunk.readUInt32LE(position);
      this.#check(chunk[start - 4] as number, length);
      if (end - start < length) break;
      const id = chunk.readUInt32LE(position + 4);
      position = start + length;
      this.#onFrame(chunk[start - 4], chunk[start - 3], id, chunk, start, position);
    }
    if (position < end) this.#addToPartial(chunk.subarray(position));
  }

  /** Add to the incomplete frame. Returns how many bytes of the chunk belong to it. */
  #addToPartial(chunk: Buffer): number {
    let taken = 0;
    if (this.#frame === null) {
      taken = chunk.copy(this.#header, this.#have, 0);
      this.#have += taken;
      if (this.#have < HEADER_BYTES) return taken;
      this.#frame = this.#newFrame();
    }
    const frame = this.#frame;
    const copied = chunk.copy(frame, this.#have, taken);
    this.#have += copied;
    taken += copied;
    if (this.#have < frame.length) return taken;
    this.#frame = null;
    this.#have = 0;
    const [type, flags] = [frame[8] as number, frame[9] as number];
    this.#onFrame(type, flags, frame.readUInt32LE(4), frame, HEADER_BYTES, frame.length);
    return taken;
  }

  #check(type: number, length: number): void {
    if (length <= this.#maxPayload(type)) return;
    throw breach(`a frame of type ${type} that is ${length} bytes long`);
  }

  #newFrame(): Buffer {
    const length = this.#header.readUInt32LE(0);
    this.#check(this.#header[8] as number, length);
    const frame = Buffer.allocUnsafe(HEADER_BYTES + length);
    this.#header.copy(frame);
    return frame;
  }
}

/**
 * Read the frames of a socket.
 *
 * @param onBroken called once, for data that is not a frame, or with an error that `onFrame` throws. Nothing more is read then
 */
export function readFrames(
  socket: Socket,
  onFrame: OnFrame,
  onBroken: (error: unknown) => void,
  maxPayload?: MaxPayload,
): void {
  const reader = new FrameReader(onFrame, maxPayload);
  const read = (chunk: Buffer): void => {
    try {
      reader.push(chunk);
    } catch (error) {
      socket.off("data", read);
      onBroken(error);
    }
  };
  socket.on("data", read);
}
