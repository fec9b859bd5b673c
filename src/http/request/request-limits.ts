import { PathValues } from "../../shared/by-path.ts";
import type { Settings } from "../../config/settings.ts";
import { nullAsZero } from "../../config/values/null-as-zero.ts";
import { settingsTable } from "../../config/settings/table.ts";
import { RequestError } from "../reject/request-error.ts";

/** The limits of a request. Sizes are in bytes, times in milliseconds; 0 means no limit. */
export interface RequestLimits {
  line: number;
  /** The number of header fields. */
  fields: number;
  fieldSize: number;
  body: PathValues<number>;
  headerTimeout: number;
  bodyTimeout: number;
  /** Bytes per second at which a client must send a body. */
  bodyMinRate: number;
  sendTimeout: number;
  /** Bytes per second at which a client must read a response. */
  sendMinRate: number;
}

/** The part of the settings that limits requests. */
export function requestLimits(settings: Settings): RequestLimits {
  return {
    line: settings.limitRequestLine ?? 0,
    fields: settings.limitRequestFields ?? 0,
    fieldSize: settings.limitRequestFieldSize ?? 0,
    body: new PathValues(
      nullAsZero(settings.limitRequestBody),
      settingsTable.limitRequestBody.default as number,
    ),
    headerTimeout: (settings.headerTimeout ?? 0) * 1000,
    bodyTimeout: (settings.bodyTimeout ?? 0) * 1000,
    bodyMinRate: settings.bodyMinRate ?? 0,
    sendTimeout: (settings.sendTimeout ?? 0) * 1000,
    sendMinRate: settings.sendMinRate ?? 0,
  };
}

/** The part of a request line that is neither method nor target: two spaces and the version. */
const LINE_OVERHEAD_BYTES = " ".length + " HTTP/1.1".length;

/**
 * @param limit bytes of the request line; 0 for no limit
 * @throws {RequestError} 414
 */
export function checkRequestLine(methodBytes: number, targetBytes: number, limit: number): void {
  if (limit > 0 && methodBytes + targetBytes + LINE_OVERHEAD_BYTES > limit) {
    throw new RequestError(414, `the request line is longer than ${limit} bytes`);
  }
}

/**
 * @param limit the number of header fields; 0 for no limit
 * @throws {RequestError} 431
 */
export function checkFieldCount(count: number, limit: number): void {
  if (limit > 0 && count > limit) {
    throw new RequestError(431, `more than ${limit} header fields`);
  }
}

/**
 * @param bytes the length of the name and of the value of a header field
 * @param limit 0 for no limit
 * @throws {RequestError} 431
 */
export function checkFieldSize(bytes: number, limit: number): void {
  if (limit > 0 && bytes > limit) {
    throw new RequestError(431, `a header field is larger than ${limit} bytes`);
  }
}

/**
 * @param bytes the length of the body, or of the part that has arrived
 * @param limit 0 for no limit
 * @throws {RequestError} 413
 */
export function checkBodySize(bytes: number, limit: number): void {
  if (limit > 0 && bytes > limit) {
    throw new RequestError(413, `the body has ${bytes} bytes; the limit is ${limit}`);
  }
}

/** All header fields together may have this many times the size of one, like nginx's four large buffers. */
const FIELD_SIZES_PER_HEAD = 4;
/** The maximum size of a head if the line or a field has no limit. */
const UNLIMITED_HEAD_BYTES = 16 * 1024 * 1024;

/**
 * The largest head that node:http's parser accepts. It is deliberately above the other limits: node:http does not say which
 * limit a head exceeds, but the checks above do.
 *
 * @returns bytes
 */
export function maxHeadBytes(limits: RequestLimits): number {
  const { line, fieldSize } = limits;
  if (line === 0 || fieldSize === 0) return UNLIMITED_HEAD_BYTES;
  return line + FIELD_SIZES_PER_HEAD * fieldSize;
}
