import type { InputStream } from "./types.ts";

/** Asks a wsgi.input of ours for its whole body as it lies, so that it can be handed on without being read. */
export const WHOLE: unique symbol = Symbol("quintet.whole");

/** A body in memory, or the path of its file. */
export interface WholeBody {
  content: Buffer;
  inFile: boolean;
}

interface WholeInput extends InputStream {
  [WHOLE](): WholeBody | null;
}

/** Null for an input that is not ours, or of which something has been read. */
export function wholeBody(input: InputStream): WholeBody | null {
  return WHOLE in input ? (input as WholeInput)[WHOLE]() : null;
}
