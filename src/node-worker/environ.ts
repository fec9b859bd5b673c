import type { Environ, ErrorStream } from "../wsgi/types.ts";
import type { Input } from "./input.ts";

/** The number of the request at this worker; copied with the environ, so that middleware keeps it. */
export const REQUEST_NUMBER: unique symbol = Symbol.for("quintet.request") as never;

/** wsgi.errors: whole lines go to stderr, which the front logs with this worker's pid. */
const errors: ErrorStream = {
  write: (text) => void process.stderr.write(text),
  writelines(texts) {
    for (const text of texts) process.stderr.write(text);
  },
  flush() {},
};

/**
 * A fresh environ (PEP 3333, "environ Variables").
 *
 * @param text NUL-separated pairs, each character one byte
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
