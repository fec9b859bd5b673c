/**
 * The frames between the front and its workers. docs/reference/wire.md describes the whole protocol.
 *
 * This file is its table: `npm run docs` makes the constants of python/quintet/wire/frames.py and the tables of
 * docs/reference/wire.md from it. A comment "// To …" begins a group. Each constant has a doc comment; for a type of frame it
 * ends with the layout of the payload.
 *
 * A frame is a header of 12 bytes, little-endian, and its payload:
 *
 *     u32 length of the payload | u32 request id | u8 type | u8 flags | u16 zero
 */

// To a worker: frames

/** A request. Payload: u32 length of environ | environ (NUL-separated latin-1 pairs) | body, or the path of its file. */
export const REQUEST = 1;
/** The client has taken some of this response. Payload: u32 bytes. */
export const CREDIT = 2;
/** The client has left: stop, and call close(). */
export const GONE = 3;
/** Some of the body that BODY_WANTED asked for, at least one byte. Payload: the bytes. */
export const BODY = 4;
/** The body is complete. Answers BODY_WANTED, or follows the last BODY. */
export const BODY_END = 5;
/** The rest of the body does not arrive. Payload: the reason, UTF-8. */
export const BODY_GONE = 6;
/** The front has opened the file that FILE names. */
export const FILE_TAKEN = 7;
/** The front cannot open that file: the worker sends it itself. */
export const FILE_REFUSED = 8;
/** A request has timed out: interrupt it. Id 0: interrupt what still runs after the responses, such as close(). */
export const INTERRUPT = 9;
/** A call has failed. Payload: JSON CallFailed. */
export const CALL_FAILED = 33;

// To a zygote: frames

/** Fork a worker. Payload: JSON WorkerStartUp. */
export const FORK = 9;

// To the front: frames

/** The first frame of each connection. Payload: JSON Hello. */
export const HELLO = 16;
/** The application is imported. Payload: JSON WorkerFacts, or Imported from a zygote. */
export const READY = 17;
/** The application cannot be imported; the process ends. Payload: JSON WorkerFailure. */
export const FAILED = 18;
/** A zygote has forked a worker, or could not. Payload: JSON Forked. */
export const FORKED = 19;
/** A whole response. Payload: u32 microseconds | u32 length of head | head | body. */
export const ANSWER = 20;
/** The beginning of a response. Payload: u32 zero | u32 length of head | head | first bytes of the body. */
export const START = 21;
/** More of the body. Payload: the bytes. */
export const DATA = 22;
/** The response is complete. Payload: u32 microseconds. */
export const END = 23;
/** The response is cut short, and the client must see that. Payload: u32 microseconds. */
export const ABORT = 24;
/** A recalled request that was not run. */
export const HANDBACK = 25;
/** A record for the log. Payload: JSON WorkerRecord. */
export const LOG = 26;
/**
 * A whole response whose body is in a file. The worker keeps the file open until FILE_TAKEN or FILE_REFUSED. Payload: u32
 * microseconds | u32 length of head | u64 position | u64 length of the body | u64 device | u64 inode | head | path.
 */
export const FILE = 27;
/** The application waits for its body. Payload: u32 the most bytes it takes. */
export const BODY_WANTED = 28;
/** A worker that a zygote forked has ended. Payload: JSON Exited. */
export const EXITED = 29;
/**
 * A Node worker calls a Python application that other workers run. ANSWER, START, DATA, END and ABORT answer it, or
 * CALL_FAILED. Payload: u32 id of the request that it serves, or 0 | u32 length of target | u32 length of environ | target
 * (UTF-8) | environ | body, or the path of its file.
 */
export const CALL = 30;
/** The Node worker has taken some of that answer. Payload: u32 bytes. */
export const CALL_CREDIT = 31;
/** The Node worker does not want the rest of that answer. */
export const CALL_GONE = 32;

// Flags

/** Of REQUEST and CALL: the payload ends with a path instead of the body. */
export const BODY_IN_FILE = 1;
/** Of REQUEST: there is a body, and BODY_WANTED asks for it. */
export const BODY_STREAMS = 2;
/** Of ANSWER, START and FILE: the application has set Content-Length. */
export const HAS_LENGTH = 1;
/** Of ANSWER, START and FILE: the application has set Server. */
export const HAS_SERVER = 4;

// Sizes

/** The header of a frame. */
export const HEADER_BYTES = 12;
/** The longest payload. The longest body that is kept in memory fits. */
export const MAX_FRAME_BYTES: number = 64 * 1024 * 1024;
/** The most bytes of a response in one frame. */
export const MAX_CHUNK_BYTES: number = 64 * 1024;
/** The longest head of a response. */
export const MAX_HEAD_BYTES: number = 1024 * 1024;
/** The longest payload that is JSON. */
export const MAX_JSON_BYTES: number = 1024 * 1024;
/** The longest text in a JSON payload. JSON may need 12 bytes for one character. */
export const MAX_TEXT_CHARACTERS = 80_000;
/** The most bytes of one response in flight: sent by the worker, not yet taken by the client. */
export const WINDOW_BYTES: number = 128 * 1024;
/** What each DATA counts in the window in addition to its bytes: the memory that the front needs to hold it. */
export const FRAME_COST_BYTES = 1024;
/** The last request id. A worker that comes near it is replaced. */
export const MAX_REQUEST_ID: number = 0xff_ff_00_00;

/**
 * Shorten a text so that it fits in one JSON payload.
 *
 * @param of how many texts share the payload
 */
export function cut(text: string, of = 1): string {
  const limit = Math.floor(MAX_TEXT_CHARACTERS / of);
  const more = text.length - limit;
  return more <= 0 ? text : `${text.slice(0, limit)}… (${more} more characters)`;
}

/** The longest payload, in bytes, of a frame of this type from a worker or a zygote. 0 if they send no such frame. */
export function maxPayloadFromWorker(type: number): number {
  switch (type) {
    case READY:
    case FAILED:
    case FORKED:
    case EXITED:
    case LOG:
      return MAX_JSON_BYTES;
    case ANSWER:
    case START:
    case FILE:
      // The rest is for what precedes the head, and for the path of FILE.
      return MAX_HEAD_BYTES + MAX_CHUNK_BYTES + 8192;
    case DATA:
      return MAX_CHUNK_BYTES;
    case END:
    case ABORT:
    case BODY_WANTED:
    case CALL_CREDIT:
      return 4;
    case CALL:
      return MAX_FRAME_BYTES;
    default:
      return 0;
  }
}

/** A frame whose payload is JSON, with request id 0. */
export function jsonFrame(type: number, value: object): Buffer {
  const payload = Buffer.from(JSON.stringify(value));
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32LE(payload.length, 0);
  header[8] = type;
  return Buffer.concat([header, payload]);
}
