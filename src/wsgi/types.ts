/**
 * PEP 3333 as TypeScript types.
 *
 * Texts in an environ and in headers are "bytes in a string": each character is one byte, U+0000 to U+00FF
 * (PEP 3333, "A Note On String Types"). Bodies are bytes: Uint8Array, never string.
 *
 * @see https://peps.python.org/pep-3333/
 */

/**
 * The application: a callable that is given a request's environ and `start_response`, and returns an iterable of
 * bytes (PEP 3333, "The Application/Framework Side").
 *
 * It must call `startResponse` before the iterable yields its first chunk that is not empty. The server sends each chunk
 * before it asks for the next, and calls `close()` of what was returned, if there is one, exactly once when the request is
 * over, however it ended.
 *
 * One that returns an (async) iterable that really waits leaves its worker free for others, up to `--threads` at once;
 * one that works synchronously blocks its worker alone, one request at a time.
 */
export type WsgiApplication = (environ: Environ, startResponse: StartResponse) => WsgiResult;

/** The body of a response. */
export type WsgiResult = (Iterable<Uint8Array> | AsyncIterable<Uint8Array>) & Closeable;

/** What has to be told when nobody needs it any more. */
export interface Closeable {
  /** Called exactly once, after the last chunk was handed on or the request was given up. May be async. */
  close?(): unknown;
}

/**
 * The variables of a request (PEP 3333, "environ Variables"): CGI's (RFC 3875), `HTTP_*` for the headers of the request,
 * and `wsgi.*`. A fresh object for each request; an application may change it.
 */
export interface Environ {
  /** Such as `GET`; never empty. */
  REQUEST_METHOD: string;
  /** The part of the path that leads to the application, percent-decoded; empty if it is at the root. */
  SCRIPT_NAME?: string;
  /** The rest of the path, percent-decoded. */
  PATH_INFO?: string;
  /** What follows the `?`, as it was sent; empty if nothing does. */
  QUERY_STRING?: string;
  /** Content-Type of the request, if it has one. */
  CONTENT_TYPE?: string;
  /** The length of the body in bytes, in decimal; set for a chunked body too. */
  CONTENT_LENGTH?: string;
  /** Where the server listens. */
  SERVER_NAME?: string;
  /** A port, as text. */
  SERVER_PORT?: string;
  /** Such as `HTTP/1.1`. */
  SERVER_PROTOCOL?: string;
  /** The client's address; empty on a unix socket. */
  REMOTE_ADDR?: string;
  /** The id of the request in the server's log. */
  REQUEST_ID?: string;
  /** The version of WSGI: `[1, 0]`. */
  "wsgi.version"?: readonly [number, number];
  /** `http` or `https`. */
  "wsgi.url_scheme"?: string;
  /** The body of the request. */
  "wsgi.input"?: InputStream;
  /** Text for the server's log. */
  "wsgi.errors"?: ErrorStream;
  /** Whether the application may be called again in this process before it has finished. */
  "wsgi.multithread"?: boolean;
  /** Whether other processes serve the same application. */
  "wsgi.multiprocess"?: boolean;
  /** Whether the process serves one request only. */
  "wsgi.run_once"?: boolean;
  /** Other variables: texts from the server, anything from middleware. */
  [name: string]: unknown;
}

/** The request body (PEP 3333, "Input and Error Streams"). Reading past its end gives nothing, ever after. */
export interface InputStream {
  /** At most `size` bytes, or all that is left; empty at the end. */
  read(size?: number): Uint8Array | Promise<Uint8Array>;
}

/** The body as a server of ours gives it: whole, and read synchronously. */
export interface SyncInputStream extends InputStream, Iterable<Uint8Array> {
  read(size?: number): Uint8Array;
  /** One line with its newline, at most `size` bytes; empty at the end. */
  readline(size?: number): Uint8Array;
  /** The lines that are left; stops after the line that reaches `hint` bytes. */
  readlines(hint?: number): Uint8Array[];
}

/** Text for the server's log (PEP 3333, "Input and Error Streams"). */
export interface ErrorStream {
  write(text: string): void;
  writelines(texts: Iterable<string>): void;
  flush(): void;
}

/**
 * Begins the response (PEP 3333, "The start_response() Callable").
 *
 * @param status such as `200 OK`
 * @param headers in order, names may repeat; hop-by-hop headers belong to the server, which drops them
 * @param excInfo the error that makes the application start anew: replaces a head that has not been sent, and is thrown
 *   again if it has
 * @returns PEP 3333's `write`, for applications that cannot do with an iterable
 * @throws TypeError, RangeError for what HTTP cannot carry, naming the culprit; Error for a second call without `excInfo`
 */
export type StartResponse = (status: string, headers: HeaderList, excInfo?: ExcInfo) => Write;

/**
 * What the caller of an application that never uses `write()` may give it: a StartResponse that need not return one. The
 * Python applications of this package are such.
 */
export type ResponseStart = (status: string, headers: HeaderList, excInfo?: ExcInfo) => unknown;

/** Name and value pairs, in order. */
export type HeaderList = [name: string, value: string][];

/** What went wrong; Python's `sys.exc_info()` in one value. */
export type ExcInfo = Error;

/** Sends bytes of the body at once (PEP 3333, "The write() Callable"). */
export type Write = (data: Uint8Array) => void;
