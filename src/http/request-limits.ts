import { PathValues } from "../shared/by-path.ts";
import type { Settings } from "../config/settings.ts";
import { nullAsZero } from "../config/values/null-as-zero.ts";
import { settingsTable } from "../config/settings/table.ts";

/** What a request may be. Sizes are bytes, durations milliseconds; 0 is no limit. */
export interface RequestLimits {
  line: number;
  fields: number;
  fieldSize: number;
  body: PathValues<number>;
  headerTimeout: number;
  bodyTimeout: number;
  /** Bytes a second that a client has to send of a body, and to take of a response. */
  bodyMinRate: number;
  sendTimeout: number;
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

/** All fields together may be so many times as large as one, as with nginx's four buffers. */
const LARGE_FIELDS = 4;
/** What a head may be where a part of it has no limit. */
const LARGE_HEAD = 16 * 1024 * 1024;

/** The most that the parser takes in for a head. What is within it and beyond a limit is told by which limit it was. */
export function headLimit(limits: RequestLimits): number {
  const { line, fieldSize } = limits;
  return line === 0 || fieldSize === 0 ? LARGE_HEAD : line + LARGE_FIELDS * fieldSize;
}
