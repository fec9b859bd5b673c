import {
  checkShape,
  type Fits,
  hasFields,
  isListOf,
  isNumber,
  isText,
  orMissing,
  orNull,
} from "../shared/message-shape.ts";
import type { ServerStatus } from "./status.ts";

const isRequest = hasFields({ request: isText, what: isText, seconds: isNumber });
const isQueue = hasFields({ pattern: isText, kept: isNumber, waiting: isNumber });
const isWorker = hasFields({
  pid: isNumber,
  state: isText,
  age: isNumber,
  answered: isNumber,
  memory: orNull(isNumber),
  recycled: orNull(isText),
  running: isListOf(isRequest),
});
const isPool = hasFields({
  wanted: isNumber,
  min: isNumber,
  max: isNumber,
  threads: isNumber,
  lanes: isListOf(isQueue),
  workers: isListOf(isWorker),
});
const isFiles = hasFields({
  url: isText,
  from: isListOf(isText),
  left: isListOf(hasFields({ url: isText, why: isText })),
});
const isFront = hasFields({
  pid: isNumber,
  version: isText,
  state: isText,
  uptime: orMissing(isNumber),
  generation: orMissing(isNumber),
  connections: orMissing(isNumber),
  backlog: orMissing(isNumber),
  pools: isListOf(isPool),
  retiring: isListOf(isPool),
  files: orMissing(isListOf(isFiles)),
});
const STATUS: Record<string, Fits> = {
  pid: isNumber,
  target: isText,
  folder: isText,
  bind: isListOf(isText),
  state: isText,
  uptime: isNumber,
  fronts: isListOf(isFront),
};

/**
 * Check the status that a server has sent.
 *
 * @throws {QuintetError} QUINTET_PROTOCOL
 */
export function readStatus(value: unknown): ServerStatus {
  return checkShape(value, "its status", STATUS);
}
