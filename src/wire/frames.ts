/**
 * The frames between front and worker: their types and their layout. The twin of python/quintet/wire/frames.py.
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
 * it does that for, or 0 | u32 length of target | u32 length of environ | target (UTF-8) | environ | body, or the path of its
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

/** No frame is longer than this: it has room for the longest body that is kept in memory. */
export const MAX_LENGTH: number = 64 * 1024 * 1024;
/** At most this many bytes of a response travel in one frame. */
export const CHUNK: number = 64 * 1024;
/** The head of a response is no longer than this, in bytes. */
export const HEAD_MOST: number = 1024 * 1024;
/** A frame of JSON is no longer than this. Texts in it are cut to CHARACTERS_MOST, of up to 12 bytes each. */
export const JSON_MOST: number = 1024 * 1024;
export const CHARACTERS_MOST: number = 80_000;

/** As much of a text as has room in a frame, or in one `of` several that share it. */
export function cut(text: string, of = 1): string {
  const most = Math.floor(CHARACTERS_MOST / of);
  const more = text.length - most;
  return more <= 0 ? text : `${text.slice(0, most)}… (${more} more characters)`;
}

/** The longest payload of a frame that a worker, or a zygote, sends. */
export function mostFromWorker(type: number): number {
  switch (type) {
    case READY:
    case FAILED:
    case FORKED:
    case EXITED:
    case LOG:
      return JSON_MOST;
    case ANSWER:
    case START:
    case FILE:
      // With what is before them, or the path of a file.
      return HEAD_MOST + CHUNK + 8192;
    case DATA:
      return CHUNK;
    case END:
    case ABORT:
    case BODY_WANTED:
    case CALL_CREDIT:
      return 4;
    case CALL:
      return MAX_LENGTH;
    default:
      return 0;
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
