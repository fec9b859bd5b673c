// Reads the payloads that are JSON. Each reader throws QUINTET_PROTOCOL for a payload that does not fit.
import { checkShape, isRecord, parseJson } from "../shared/message-shape.ts";
import {
  EXITED,
  type Exited,
  FORKED,
  type Forked,
  HELLO,
  type Hello,
  IMPORTED,
  type Imported,
  NOT_FORKED,
  WORKER_FACTS,
  WORKER_FAILURE,
  WORKER_RECORD,
  type WorkerFacts,
  type WorkerFailure,
  type WorkerRecord,
} from "./json-messages.ts";

/** The failure of a process that breaks the protocol before READY or FAILED. */
export function brokenAtStart({ message }: Error): WorkerFailure {
  return {
    code: "QUINTET_PROTOCOL",
    message: `The process broke the protocol of its start: ${message}.`,
    trace: "",
    python: "",
  };
}

export function checkHello(value: unknown): Hello {
  return checkShape(value, "a hello", HELLO);
}

export function readFacts(text: string): WorkerFacts {
  return checkShape(parseJson(text, "READY"), "READY", WORKER_FACTS);
}

export function readImported(text: string): Imported {
  return checkShape(parseJson(text, "READY"), "READY", IMPORTED);
}

export function readFailure(text: string): WorkerFailure {
  return checkShape(parseJson(text, "FAILED"), "FAILED", WORKER_FAILURE);
}

export function readRecord(text: string): WorkerRecord {
  return checkShape(parseJson(text, "LOG"), "LOG", WORKER_RECORD);
}

export function readForked(text: string): Forked {
  const value = parseJson(text, "FORKED");
  const fields = isRecord(value) && value.error !== undefined ? NOT_FORKED : FORKED;
  return checkShape(value, "FORKED", fields);
}

export function readExited(text: string): Exited {
  return checkShape(parseJson(text, "EXITED"), "EXITED", EXITED);
}
