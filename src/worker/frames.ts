/**
 * The frames between front and worker: their types and their layout. The twin of python/quintet/frames.py.
 *
 * A frame is a header of 12 bytes, little-endian, and its payload:
 *
 *     u32 length of the payload | u32 request id | u8 type | u8 flags | u16 zero
 */

export const HEADER_SIZE = 12;

/** Front to worker. u32 length of environ | environ (NUL-separated latin-1 pairs) | body, or the path of its file. */
export const REQUEST = 1;
/** u32: bytes of this response that the client has taken. */
export const CREDIT = 2;
/** The client has left. */
export const GONE = 3;
/** Answers to BODY_WANTED: some of the body, at least a byte; its end, at once or behind the last bytes. */
export const BODY = 4;
export const BODY_END = 5;
/** UTF-8: why the rest of the body does not come. */
export const BODY_GONE = 6;

/** To a zygote. JSON: the worker that is wanted. */
export const FORK = 9;

/** Answers to FILE: the front has opened it; or it cannot, and the worker sends it itself. */
export const FILE_TAKEN = 7;
export const FILE_REFUSED = 8;
/** This request, or with 0 what follows a response, takes too long: end it. */
export const INTERRUPT = 9;

/** Worker to front. JSON: who connects. */
export const HELLO = 16;
/** JSON: the application is imported. */
export const READY = 17;
/** JSON: it cannot be. */
export const FAILED = 18;
/** A whole response: u32 microseconds | u32 length of head | head | body. */
export const ANSWER = 20;
/** A response begins: u32 zero | u32 length of head | head | first bytes. */
export const START = 21;
export const DATA = 22;
/** u32 microseconds: the response ends as it should. */
export const END = 23;
/** u32 microseconds: it ends before its end, and the client must see that. */
export const ABORT = 24;
/** A recalled request that was not run. */
export const HANDBACK = 25;
/** JSON: level, text. */
export const LOG = 26;
/** u32: the application waits for its body, and for so many bytes at most. */
export const BODY_WANTED = 28;

/**
 * A whole response whose body is in a file: u32 microseconds | u32 length of head | u64 position | u64 length of the body |
 * u64 device | u64 inode | head | path. The worker keeps it open until it is told that the front has.
 */
export const FILE = 27;

/** From a zygote. JSON: id and pid of a worker that runs now. */
export const FORKED = 19;
/** From a zygote. JSON: pid of a worker, and its exit status, or the name of the signal that ended it. */
export const EXITED = 29;

/**
 * A worker that is a Node process calls a Python application, which the front has other workers for: u32 id of the request
 * it does that for, or 0 | u32 length of target | u32 length of environ | target | environ | body, or the path of its
 * file. It is answered with ANSWER, START, DATA, END and ABORT as the front is, or with CALL_FAILED.
 */
export const CALL = 30;
/** u32: bytes of that answer that have been taken. */
export const CALL_CREDIT = 31;
/** Nobody wants that answer any more. */
export const CALL_GONE = 32;
/** Front to worker. JSON: status, code, message. */
export const CALL_FAILED = 33;

/** Flag of REQUEST and CALL: the payload ends with a path instead of the body itself. */
export const BODY_IN_FILE = 1;
/** Flag of REQUEST: there is a body, and nothing of it is sent before it is asked for. */
export const BODY_STREAMS = 2;

/** Flags of ANSWER, START and FILE: which headers the application has set itself. */
export const HAS_LENGTH = 1;
export const HAS_SERVER = 4;

/** So many bytes a frame of DATA counts for beside its own: what the front needs to hold it, however small it is. */
export const FRAME_COST = 1024;

/** Ids are 32 bits; a worker that comes near the end of them is replaced. */
export const MAX_ID: number = 0xff_ff_00_00;

/** A frame longer than this is not one: the other side is not a worker of ours. */
export const MAX_LENGTH: number = 64 * 1024 * 1024;

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

/** Gathers frames so that those of one turn of the event loop leave in one write. */
export class FrameWriter {
  #buffer: Buffer = Buffer.allocUnsafe(32 * 1024);
  #used = 0;

  get length(): number {
    return this.#used;
  }

  /** @param flags BODY_IN_FILE, BODY_STREAMS */
  request(id: number, environ: string, body: Uint8Array | null, flags: number): void {
    const bodyLength = body === null ? 0 : body.length;
    const at = this.#begin(REQUEST, id, 4 + environ.length + bodyLength, flags);
    const buffer = this.#buffer;
    buffer.writeUInt32LE(environ.length, at);
    buffer.write(environ, at + 4, "latin1");
    if (body !== null) buffer.set(body, at + 4 + environ.length);
  }

  call(
    id: number,
    outer: number,
    target: string,
    environ: string,
    body: Uint8Array | null,
    inFile: boolean,
  ): void {
    const size = body === null ? 0 : body.length;
    const texts = target.length + environ.length;
    const at = this.#begin(CALL, id, 12 + texts + size, inFile ? BODY_IN_FILE : 0);
    const buffer = this.#buffer;
    buffer.writeUInt32LE(outer, at);
    buffer.writeUInt32LE(target.length, at + 4);
    buffer.writeUInt32LE(environ.length, at + 8);
    buffer.write(target + environ, at + 12, "latin1");
    if (body !== null) buffer.set(body, at + 12 + texts);
  }

  /** CREDIT or CALL_CREDIT. */
  credit(type: number, id: number, bytes: number): void {
    const at = this.#begin(type, id, 4, 0);
    this.#buffer.writeUInt32LE(bytes, at);
  }

  /** A frame that says all with its type: GONE, CALL_GONE, FILE_TAKEN, FILE_REFUSED. */
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

  /** What was gathered. `reuse` when the last one taken is no longer needed by its reader. */
  take(): Buffer {
    return this.#buffer.subarray(0, this.#used);
  }

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
    const at = start + HEADER_SIZE;
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

/** One frame whose payload is JSON. */
export function jsonFrame(type: number, value: object): Buffer {
  const payload = Buffer.from(JSON.stringify(value));
  const header = Buffer.alloc(HEADER_SIZE);
  header.writeUInt32LE(payload.length, 0);
  header[8] = type;
  return Buffer.concat([header, payload]);
}
