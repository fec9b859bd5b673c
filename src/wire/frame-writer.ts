import { HEADER_BYTES, REQUEST, CALL, BODY_IN_FILE } from "./frames.ts";

/** Collects frames, so that all frames of one turn of the event loop are sent with one write. */
export class FrameWriter {
  #buffer: Buffer = Buffer.allocUnsafe(32 * 1024);
  #used = 0;

  get length(): number {
    return this.#used;
  }

  /**
   * REQUEST.
   *
   * @param flags BODY_IN_FILE, BODY_STREAMS
   */
  request(id: number, environ: string, body: Uint8Array | null, flags: number): void {
    const bodyLength = body === null ? 0 : body.length;
    const at = this.#begin(REQUEST, id, 4 + environ.length + bodyLength, flags);
    const buffer = this.#buffer;
    buffer.writeUInt32LE(environ.length, at);
    buffer.write(environ, at + 4, "latin1");
    if (body !== null) buffer.set(body, at + 4 + environ.length);
  }

  /**
   * CALL.
   *
   * @param outer the id of the request that makes the call, or 0
   * @param inFile the body is the path of a file
   */
  call(
    id: number,
    outer: number,
    target: string,
    environ: string,
    body: Uint8Array | null,
    inFile: boolean,
  ): void {
    const size = body === null ? 0 : body.length;
    const targetSize = Buffer.byteLength(target);
    const texts = targetSize + environ.length;
    const at = this.#begin(CALL, id, 12 + texts + size, inFile ? BODY_IN_FILE : 0);
    const buffer = this.#buffer;
    buffer.writeUInt32LE(outer, at);
    buffer.writeUInt32LE(targetSize, at + 4);
    buffer.writeUInt32LE(environ.length, at + 8);
    buffer.write(target, at + 12);
    buffer.write(environ, at + 12 + targetSize, "latin1");
    if (body !== null) buffer.set(body, at + 12 + texts);
  }

  /** CREDIT or CALL_CREDIT. */
  credit(type: number, id: number, bytes: number): void {
    const at = this.#begin(type, id, 4, 0);
    this.#buffer.writeUInt32LE(bytes, at);
  }

  /** A frame without a payload: GONE, CALL_GONE, FILE_TAKEN, FILE_REFUSED. */
  plain(type: number, id: number): void {
    this.#begin(type, id, 0, 0);
  }

  /** END or ABORT. */
  end(type: number, id: number, micros: number): void {
    const at = this.#begin(type, id, 4, 0);
    this.#buffer.writeUInt32LE(micros, at);
  }

  /** A frame of any type. */
  frame(type: number, id: number, payload: Uint8Array, flags = 0): void {
    const at = this.#begin(type, id, payload.length, flags);
    this.#buffer.set(payload, at);
  }

  /** The frames collected so far. Call clear() afterwards. */
  take(): Buffer {
    return this.#buffer.subarray(0, this.#used);
  }

  /**
   * Start over with no frames.
   *
   * @param reuse the socket has written what take() returned, so its memory can be used again
   */
  clear(reuse: boolean): void {
    this.#used = 0;
    if (!reuse || this.#buffer.length > 1024 * 1024) this.#buffer = Buffer.allocUnsafe(32 * 1024);
  }

  /** ANSWER or START. */
  response(
    type: number,
    id: number,
    head: string,
    data: Uint8Array,
    flags: number,
    micros: number,
  ): void {
    const at = this.#begin(type, id, 8 + head.length + data.length, flags);
    const buffer = this.#buffer;
    buffer.writeUInt32LE(micros, at);
    buffer.writeUInt32LE(head.length, at + 4);
    buffer.write(head, at + 8, "latin1");
    buffer.set(data, at + 8 + head.length);
  }

  #begin(type: number, id: number, length: number, flags: number): number {
    const start = this.#used;
    const at = start + HEADER_BYTES;
    const end = at + length;
    if (end > this.#buffer.length) this.#grow(end);
    const buffer = this.#buffer;
    buffer.writeUInt32LE(length, start);
    buffer.writeUInt32LE(id, start + 4);
    buffer[start + 8] = type;
    buffer[start + 9] = flags;
    buffer[start + 10] = 0;
    buffer[start + 11] = 0;
    this.#used = end;
    return at;
  }

  #grow(needed: number): void {
    const grown = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(grown, 0, 0, this.#used);
    this.#buffer = grown;
  }
}
