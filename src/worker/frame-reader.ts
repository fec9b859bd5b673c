import type { Socket } from "node:net";
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

/** Cuts a stream of bytes into frames, however it is split. */
export class FrameReader {
  readonly #onFrame: OnFrame;
  #parts: Buffer[] = [];
  #have = 0;
  #need = HEADER_SIZE;

  constructor(onFrame: OnFrame) {
    this.#onFrame = onFrame;
  }

  /** True while a frame has begun and not ended. */
  get partial(): boolean {
    return this.#have > 0;
  }

  /** Throws a RangeError for a length no frame has. */
  push(chunk: Buffer): void {
    let buffer = chunk;
    if (this.#have > 0) {
      this.#parts.push(chunk);
      this.#have += chunk.length;
      if (this.#have < this.#need) return;
      buffer = Buffer.concat(this.#parts, this.#have);
      this.#parts = [];
      this.#have = 0;
    }
    let position = 0;
    const end = buffer.length;
    let need = HEADER_SIZE;
    while (end - position >= HEADER_SIZE) {
      const length = buffer.readUInt32LE(position);
      if (length > MAX_LENGTH) throw new RangeError(`a frame of ${length} bytes`);
      const start = position + HEADER_SIZE;
      if (end - start < length) {
        need = HEADER_SIZE + length;
        break;
      }
      const id = buffer.readUInt32LE(position + 4);
      position = start + length;
      this.#onFrame(buffer[start - 4], buffer[start - 3], id, buffer, start, position);
    }
    this.#need = need;
    if (position < end) {
      this.#parts.push(position === 0 ? buffer : buffer.subarray(position));
      this.#have = end - position;
    }
  }
}

/** Feed what a socket brings to `onFrame`; `onBroken` for bytes that are no frame. */
export function readFrames(
  socket: Socket,
  onFrame: OnFrame,
  onBroken: (error: unknown) => void,
): void {
  const reader = new FrameReader(onFrame);
  socket.on("data", (chunk: Buffer) => {
    try {
      reader.push(chunk);
    } catch (error) {
      onBroken(error);
    }
  });
}
