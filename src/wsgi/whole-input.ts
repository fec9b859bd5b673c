import type { InputStream } from "./types.ts";

/** A whole request body. */
export interface WholeBody {
  /** The bytes, or the path of a file that holds them if `inFile`. */
  content: Buffer;
  inFile: boolean;
}

/** A wsgi.input of this package. Its body can be passed on without being read. */
interface WholeInput extends InputStream {
  "quintet.whole"(): WholeBody | null;
}

/** The body of an input; null if the input is from elsewhere, or if something has been read from it. */
export function wholeBody(input: InputStream): WholeBody | null {
  return "quintet.whole" in input ? (input as WholeInput)["quintet.whole"]() : null;
}
