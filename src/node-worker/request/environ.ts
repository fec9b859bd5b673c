import type { Environ, ErrorStream } from "../../wsgi/types.ts";
import type { Input } from "./input.ts";

/** The number of the request at this worker. Copies of the environ keep it, so it survives middleware. */
export const REQUEST_NUMBER: unique symbol = Symbol.for("quintet.request") as never;

/** wsgi.errors writes to stderr, which the front logs line by line with this worker's pid. */
const errors: ErrorStream = {
  write: (text) => void process.stderr.write(text),
  writelines(texts) {
    for (const text of texts) process.stderr.write(text);
  },
  flush() {},
};

/**
 * Make the environ of a request (PEP 3333, "environ Variables").
 *
 * @param text NUL-separated pairs of name and value, each character one byte
 * @param id the number of the request at this worker
 */
export function makeEnviron(
  text: string,
  input: Input,
  id: number,
  threads: number,
  multiprocess: boolean,
): Environ {
  const environ: Environ & { [REQUEST_NUMBER]?: number } = {
    REQUEST_METHOD: "",
    SCRIPT_NAME: "",
    SERVER_SOFTWARE: "quintet",
    "wsgi.version": [1, 0],
    "wsgi.input": input,
    "wsgi.errors": errors,
    "wsgi.multithread": threads > 1,
    "wsgi.multiprocess": multiprocess,
    "wsgi.run_once": false,
    "wsgi.input_terminated": true,
    [REQUEST_NUMBER]: id,
  };
  const parts = text.split("\0");
  for (let index = 0; index + 1 < parts.length; index += 2) {
    environ[parts[index] as string] = parts[index + 1];
  }
  return environ;
}
