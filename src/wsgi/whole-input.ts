import type { InputStream } from "./types.ts";

/** A body in memory, or the path of its file. */
export interface WholeBody {
  content: Buffer;
  inFile: boolean;
}

/** A wsgi.input of ours: its body can be handed on as it lies, without being read. */
interface WholeInput extends InputStream {
  "quintet.whole"(): WholeBody | null;
}

/** Null for an input that is not ours, or of which something has been read. */
export function wholeBody(input: InputStream): WholeBody | null {
  return "quintet.whole" in input ? (input as WholeInput)["quintet.whole"]() : null;
}
