/**
 * PEP 3333 as TypeScript types.
 *
 * @see https://peps.python.org/pep-3333/
 */

/** A WSGI callable: takes an environ and start_response, returns the body. */
export type WsgiApplication = (
  environ: Environ,
  startResponse: StartResponse,
) => Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/**
 * The variables of a request: CGI's, HTTP_* for its headers, and wsgi.*. Texts are "bytes in a string": each character
 * is one byte (PEP 3333, "A Note On String Types").
 */
export interface Environ {
  REQUEST_METHOD: string;
  /** Where the application is mounted, percent-decoded; empty for the root. */
  SCRIPT_NAME?: string;
  /** The rest of the path, percent-decoded. */
  PATH_INFO?: string;
  /** What follows the `?`, as it was sent. */
  QUERY_STRING?: string;
  "wsgi.input"?: InputStream;
  "wsgi.url_scheme"?: string;
  [name: string]: unknown;
}

/** The request body. */
export interface InputStream {
  /** At most `size` bytes, or all that is left; empty at the end. */
  read(size?: number): Uint8Array | Promise<Uint8Array>;
}

/** Begins the response: a status such as `200 OK`, and the headers in order. */
export type StartResponse = (status: string, headers: [string, string][]) => void;
