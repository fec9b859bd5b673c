// Reads and checks the payloads of a worker's frames. Each function throws QUINTET_PROTOCOL for an invalid payload.
import type { Task } from "../task.ts";
import { breach } from "../../shared/message-shape.ts";
import type { NamedFile } from "./file-source.ts";
import { readHead, type ResponseHead } from "../../wire/response-head.ts";

/** A whole response whose body is in a file. */
export interface FileAnswer {
  micros: number;
  head: ResponseHead;
  file: NamedFile;
}

/** The first bytes of FILE, before its head. */
const FILE_PREFIX_BYTES = 40;
/** The longest path on Linux, with its NUL. */
const MAX_PATH_BYTES = 4096;

export function checkSize(name: string, size: number, wanted: number): void {
  if (size !== wanted) throw breach(`${name} of ${size} bytes, not ${wanted}`);
}

export function readFile(buffer: Buffer, start: number, end: number): FileAnswer {
  const headStart = start + FILE_PREFIX_BYTES;
  const headEnd = endOfHead(buffer, start, headStart, end);
  const head = readHead(buffer.toString("latin1", headStart, headEnd));
  const position = wholeNumber(buffer, start + 8);
  const length = wholeNumber(buffer, start + 16);
  if (length === 0) throw breach("FILE with no bytes");
  if (!Number.isSafeInteger(position + length)) throw breach("FILE beyond the end of any file");
  if (head.length !== length) {
    throw breach(`FILE with ${length} bytes and a Content-Length of ${head.length}`);
  }
  if (end - headEnd > MAX_PATH_BYTES) throw breach(`FILE with a path of ${end - headEnd} bytes`);
  const path = buffer.toString("utf8", headEnd, end);
  if (path === "" || path.includes("\0")) throw breach("FILE with no path");
  const device = buffer.readBigUInt64LE(start + 24);
  const inode = buffer.readBigUInt64LE(start + 32);
  const file = { position, length, device, inode, path };
  return { micros: buffer.readUInt32LE(start), head, file };
}

/**
 * Where the head ends.
 *
 * @param headStart where the head begins; its length is the second number of the payload
 */
export function endOfHead(buffer: Buffer, start: number, headStart: number, end: number): number {
  if (headStart > end) throw breach(`a response of ${end - start} bytes`);
  const headEnd = headStart + buffer.readUInt32LE(start + 4);
  if (headEnd > end) throw breach("a head that is longer than its frame");
  return headEnd;
}

/** Inexact above 2^53, but such a number is refused anyway. */
function wholeNumber(buffer: Buffer, at: number): number {
  return Number(buffer.readBigUInt64LE(at));
}

/** Whether the response has no body: to HEAD, 204 and 304 (RFC 9110, section 6.4.1). Its Content-Length is that of another response. */
export function hasNoBody({ environ }: Task, { code }: ResponseHead): boolean {
  if (code === 204 || code === 304) return true;
  return environ.startsWith(HEAD) || environ.includes(`\0${HEAD}`);
}

const HEAD = "REQUEST_METHOD\0HEAD\0";

/** Counts bytes of a body that have arrived. More than Content-Length would be taken for the next response. */
export function countBodyBytes(task: Task, size: number): void {
  if (size > task.bodyBytesLeft)
    throw breach(`${size - task.bodyBytesLeft} bytes more than the response has`);
  task.bodyBytesLeft -= size;
}
