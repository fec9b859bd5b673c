/**
 * PEP 3333 as TypeScript types.
 *
 * Texts in an environ and in headers are "bytes in a string": each character is one byte, U+0000 to U+00FF
 * (PEP 3333, "A Note On String Types"). Bodies are bytes: Uint8Array, never string.
 *
 * @see https://peps.python.org/pep-3333/
 */

/**
 * An application: a function that takes the environ of a request and `startResponse`, and returns an iterable of bytes
 * (PEP 3333, "The Application/Framework Side").
 *
 * It must call `startResponse` before the iterable yields its first chunk that is not empty. The server sends each chunk
 * before it asks for the next. If the result has a `close()`, the server calls it exactly once when the request is over,
 * however it ended.
 *
 * While an async iterable waits, its worker runs other requests, up to `--threads` at once. A synchronous application runs one
 * request of its worker at a time.
 */
export type WsgiApplication = (environ: Environ, startResponse: StartResponse) => WsgiResult;

/** The body of a response: chunks of bytes, and optionally a `close()` that is called when the request is over. */
export type WsgiResult = (Iterable<Uint8Array> | AsyncIterable<Uint8Array>) & Closeable;

/** Something with a `close()` that is called when it is no longer needed (PEP 3333, "Specification Details"). */
export interface Closeable {
  /** Called exactly once, after the last chunk was sent or the request was given up. May be async. */
  close?(): unknown;
}

/**
 * The variables of a request (PEP 3333, "environ Variables"): those of CGI (RFC 3875, section 4.1), an `HTTP_*` variable for
 * each header of the request, and `wsgi.*`. Each request has its own object, and an application may change it.
 */
export interface Environ {
  /** The method, such as `GET`; never empty (RFC 3875, section 4.1.12). */
  REQUEST_METHOD: string;
  /** The part of the path that leads to the application, percent-decoded; empty or absent at the root. */
  SCRIPT_NAME?: string;
  /** The rest of the path, percent-decoded. */
  PATH_INFO?: string;
  /** What follows the `?`, not decoded; empty without one. */
  QUERY_STRING?: string;
  /** The Content-Type header; absent if the request has none. */
  CONTENT_TYPE?: string;
  /** The length of the body in bytes, in decimal. The server sets it for a chunked body too. */
  CONTENT_LENGTH?: string;
  /** The host name or address of the server. */
  SERVER_NAME?: string;
  /** The port of the server, in decimal. */
  SERVER_PORT?: string;
  /** The version of the request, such as `HTTP/1.1`. */
  SERVER_PROTOCOL?: string;
  /** The address of the client; empty on a unix socket. */
  REMOTE_ADDR?: string;
  /** The id of the request, as the server's log shows it. */
  REQUEST_ID?: string;
  /** The version of WSGI: `[1, 0]`. */
  "wsgi.version"?: readonly [number, number];
  /** `http` or `https`. */
  "wsgi.url_scheme"?: string;
  /** The body of the request (PEP 3333, "Input and Error Streams"). */
  "wsgi.input"?: InputStream;
  /** Writes text to the server's log (PEP 3333, "Input and Error Streams"). */
  "wsgi.errors"?: ErrorStream;
  /** Whether this process may call the application again before the call has finished. */
  "wsgi.multithread"?: boolean;
  /** Whether other processes serve the same application. */
  "wsgi.multiprocess"?: boolean;
  /** Whether the process serves one request only. */
  "wsgi.run_once"?: boolean;
  /** A header of the request: `HTTP_USER_AGENT` is User-Agent. Repeated headers are joined; absent if there is none. */
  [header: `HTTP_${string}`]: string | undefined;
  /** Any other variable. The server sets strings; middleware may set anything. */
  [name: string]: unknown;
}

/** The body of a request (PEP 3333, "Input and Error Streams"). At its end, every read returns an empty array. */
export interface InputStream {
  /** Read at most `size` bytes, or all that is left. Empty at the end. */
  read(size?: number): Uint8Array | Promise<Uint8Array>;
}

/** The body that Quintet's own server gives an application: it has arrived whole, so reads are synchronous. */
export interface SyncInputStream extends InputStream, Iterable<Uint8Array> {
  read(size?: number): Uint8Array;
  /** Read one line with its newline, at most `size` bytes. Empty at the end. */
  readline(size?: number): Uint8Array;
  /** Read the lines that are left. With `hint`, stop after the line that reaches that many bytes. */
  readlines(hint?: number): Uint8Array[];
}

/** Writes text to the server's log (PEP 3333, "Input and Error Streams"). */
export interface ErrorStream {
  write(text: string): void;
  writelines(texts: Iterable<string>): void;
  flush(): void;
}

/**
 * Start the response (PEP 3333, "The start_response() Callable").
 *
 * @param status the status code and reason, such as `200 OK`
 * @param headers name and value pairs, in order; names may repeat. The server drops hop-by-hop headers (PEP 3333, "Other HTTP
 *   Features"), or throws with the setting `strictHeaders`
 * @param excInfo an error to report instead. It replaces a status and headers that have not been sent; otherwise it is thrown
 *   again
 * @returns PEP 3333's `write`, for applications that cannot return an iterable
 * @throws {TypeError} if an argument has the wrong type
 * @throws {RangeError} if HTTP cannot carry the status or a header; the message names it
 * @throws {Error} for a second call without `excInfo`
 */
export type StartResponse = (status: string, headers: HeaderList, excInfo?: ExcInfo) => Write;

/**
 * A `startResponse` that need not return `write`. It is enough for an application that never calls `write()`, such as a Python
 * application of this package.
 */
export type ResponseStart = (status: string, headers: HeaderList, excInfo?: ExcInfo) => unknown;

/** Name and value pairs, in order. */
export type HeaderList = [name: string, value: string][];

/** An error: what Python has as the three values of `sys.exc_info()`. */
export type ExcInfo = Error;

/** Send bytes of the body at once (PEP 3333, "The write() Callable"). */
export type Write = (data: Uint8Array) => void;
