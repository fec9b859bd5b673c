import type { Socket } from "node:net";
import { breach } from "../shared/message-shape.ts";
import { HEADER_SIZE, MAX_LENGTH } from "./frames.ts";

/** Receives one frame; its payload is `buffer` from `start` to `end`, valid after the call too. */
export type OnFrame = (
  type: number,
  flags: number,
  id: number,
  buffer: Buffer,
  start: number,
  end: number,
) => void;

/** How long the payload of a frame of this type may be. */
export type MostOf = (type: number) => number;

/**
 * Cuts a stream of bytes into frames, however it is split. A frame that is not whole yet takes as much memory as it says
 * that it is long, into how many pieces ever it comes.
 */
export class FrameReader {
  readonly #onFrame: OnFrame;
  readonly #mostOf: MostOf;
  readonly #header: Buffer = Buffer.alloc(HEADER_SIZE);
  /** The frame that is not whole yet, once its header is. */
  #frame: Buffer | null = null;
  /** Bytes of it that have come. */
  #have = 0;

  constructor(onFrame: OnFrame, mostOf: MostOf = () => MAX_LENGTH) {
    this.#onFrame = onFrame;
    this.#mostOf = mostOf;
  }

  /** True while a frame has begun and not ended. */
  get partial(): boolean {
    return this.#have > 0;
  }

  /** @throws {QuintetError} QUINTET_PROTOCOL for a length that no such frame has */
  push(chunk: Buffer): void {
    let position = this.#have > 0 ? this.#goOn(chunk) : 0;
    const end = chunk.length;
    while (end - position >= HEADER_SIZE) {
      const start = position + HEADER_SIZE;
      const length = chunk.readUInt32LE(position);
      this.#check(chunk[start - 4] as number, length);
      if (end - start < length) break;
      const id = chunk.readUInt32LE(position + 4);
      position = start + length;
      this.#onFrame(chunk[start - 4], chunk[start - 3], id, chunk, start, position);
    }
    if (position < end) this.#goOn(chunk.subarray(position));
  }

  /** Add to the frame that is not whole yet. Returns how much of the chunk belongs to it. */
  #goOn(chunk: Buffer): number {
    let taken = 0;
    if (this.#frame === null) {
      taken = chunk.copy(this.#header, this.#have, 0);
      this.#have += taken;
      if (this.#have < HEADER_SIZE) return taken;
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
    this.#onFrame(type, flags, frame.readUInt32LE(4), frame, HEADER_SIZE, frame.length);
    return taken;
  }

  #check(type: number, length: number): void {
    if (length <= this.#mostOf(type)) return;
    throw breach(`a frame of type ${type} that is ${length} bytes long`);
  }

  #newFrame(): Buffer {
    const length = this.#header.readUInt32LE(0);
    this.#check(this.#header[8] as number, length);
    const frame = Buffer.allocUnsafe(HEADER_SIZE + length);
    this.#header.copy(frame);
    return frame;
  }
}

/** Feed what a socket brings to `onFrame`; `onBroken`, once, for bytes that are no frame. Then nothing more is read. */
export function readFrames(
  socket: Socket,
  onFrame: OnFrame,
  onBroken: (error: unknown) => void,
  mostOf?: MostOf,
): void {
  const reader = new FrameReader(onFrame, mostOf);
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
