import { checkHead } from "./head.ts";
import type { Environ, StartResponse, Write, WsgiApplication, WsgiResult } from "./types.ts";
import { checkEnviron } from "./validate-environ.ts";
import { checkedInput } from "./validate-streams.ts";
import { WsgiViolation } from "./violation.ts";

export { WsgiViolation } from "./violation.ts";

/**
 * Middleware that checks everything that passes between a server and an application, as Python's `wsgiref.validate` does. Use
 * it in tests.
 *
 * @param application the application to check
 * @returns an application that does the same, and throws where PEP 3333 is violated
 * @throws {WsgiViolation} from this call, from the returned application, and from its `startResponse`, `write`, iterable and
 *   `close()`. It names the section of PEP 3333
 */
export function validator(application: WsgiApplication): WsgiApplication {
  if (typeof application !== "function") {
    throw new WsgiViolation("The Application/Framework Side", "The application is not a function");
  }
  return (environ, startResponse) => {
    checkEnviron(environ);
    const response = new Response(environ, startResponse);
    const given: Environ = { ...environ };
    const input = environ["wsgi.input"];
    if (input) given["wsgi.input"] = checkedInput(input);
    const result: unknown = application(given, response.startResponse);
    return response.check(result);
  };
}

/** One response, as the application makes it. */
class Response {
  readonly #isHead: boolean;
  readonly #start: StartResponse;
  /** startResponse was called, even if that call was a violation. */
  #called = false;
  #begun = false;
  #length: number | null = null;
  #bodiless = false;
  #sent = 0;
  #closed = false;

  constructor(environ: Environ, start: StartResponse) {
    this.#isHead = environ.REQUEST_METHOD === "HEAD";
    this.#start = start;
  }

  readonly startResponse: StartResponse = (...args) => {
    const [status, headers, excInfo] = args;
    const section = "The start_response() Callable";
    if (args.length < 2 || args.length > 3) {
      throw new WsgiViolation(section, `start_response got ${args.length} arguments, not 2 or 3`);
    }
    if (this.#called && excInfo === undefined) {
      throw new WsgiViolation(section, "start_response was called a second time without excInfo");
    }
    this.#called = true;
    if (excInfo !== undefined && !(excInfo instanceof Error)) {
      throw new WsgiViolation(section, "excInfo is not an Error");
    }
    if (!Array.isArray(headers)) throw new WsgiViolation(section, "The headers are not an array");
    for (const header of headers) {
      if (Array.isArray(header) && header.length === 2) continue;
      throw new WsgiViolation(section, `A header is not a pair: ${JSON.stringify(header)}`);
    }
    try {
      const head = checkHead(status, headers);
      this.#length = head.length;
      this.#bodiless = head.bodiless || this.#isHead;
    } catch (error) {
      throw new WsgiViolation(section, (error as Error).message);
    }
    if (typeof status === "string" && !/^\d{3} ./.test(status)) {
      throw new WsgiViolation(
        section,
        `The status is not a code, a space and a reason: ${JSON.stringify(status)}`,
      );
    }
    this.#begun = true;
    const write = this.#start(...(args as Parameters<StartResponse>));
    if (typeof write !== "function") {
      throw new WsgiViolation(section, "The server's start_response returned no write()");
    }
    return this.#checkedWrite(write);
  };

  #checkedWrite(write: Write): Write {
    return (data) => {
      if (this.#closed)
        throw new WsgiViolation("The write() Callable", "write() was called after close()");
      this.#data(data, "The write() Callable", "write() got");
      write(data);
    };
  }

  /** The result of the application, with a check around each chunk and around close(). */
  check(result: unknown): WsgiResult {
    const section = "Specification Details";
    if (typeof result === "string" || result instanceof Uint8Array) {
      throw new WsgiViolation(
        section,
        "The application returned bytes or a string, not an iterable of chunks",
      );
    }
    if (result instanceof Promise) {
      throw new WsgiViolation(
        section,
        "The application returned a promise. To wait, return an async iterable",
      );
    }
    const isSync = typeof result === "object" && result !== null && Symbol.iterator in result;
    const isAsync = typeof result === "object" && result !== null && Symbol.asyncIterator in result;
    if (!isSync && !isAsync) {
      throw new WsgiViolation(
        section,
        `The application returned ${String(result)}, not an iterable of bytes`,
      );
    }
    const iterable = result as WsgiResult;
    const close = (): unknown => this.#close(iterable);
    if (Array.isArray(result)) {
      // A list stays a list: a server may compute the Content-Length of one chunk.
      for (const data of result) this.#chunk(data);
      this.#end();
      return Object.assign([...(result as Uint8Array[])], { close });
    }
    const chunks = isAsync
      ? this.#async(iterable as AsyncIterable<Uint8Array>)
      : this.#sync(iterable as Iterable<Uint8Array>);
    return Object.assign(chunks, { close });
  }

  *#sync(result: Iterable<Uint8Array>): Generator<Uint8Array> {
    for (const data of result) {
      this.#chunk(data);
      yield data;
    }
    this.#end();
  }

  async *#async(result: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const data of result) {
      this.#chunk(data);
      yield data;
    }
    this.#end();
  }

  #chunk(data: unknown): void {
    const section = "Specification Details";
    if (this.#closed)
      throw new WsgiViolation(section, "The server asked for a chunk after close()");
    this.#data(data, section, "The application yielded");
  }

  #data(data: unknown, section: string, who: string): void {
    if (!(data instanceof Uint8Array)) {
      throw new WsgiViolation(section, `${who} a ${typeof data}, not bytes (a Uint8Array)`);
    }
    if (data.length === 0) return;
    if (!this.#begun)
      throw new WsgiViolation(section, "A body came before start_response was called");
    this.#sent += data.length;
    if (this.#bodiless && !this.#isHead) {
      throw new WsgiViolation("Handling the Content-Length Header", "A 204 or 304 has a body");
    }
    if (this.#length !== null && !this.#isHead && this.#sent > this.#length) {
      const message = `The body is longer than its Content-Length of ${this.#length}`;
      throw new WsgiViolation("Handling the Content-Length Header", message);
    }
  }

  #end(): void {
    if (!this.#begun) {
      throw new WsgiViolation("The start_response() Callable", "start_response was never called");
    }
    if (this.#length !== null && !this.#bodiless && this.#sent < this.#length) {
      const message = `The body has ${this.#sent} bytes; its Content-Length is ${this.#length}`;
      throw new WsgiViolation("Handling the Content-Length Header", message);
    }
  }

  #close(iterable: WsgiResult): unknown {
    if (this.#closed)
      throw new WsgiViolation("Specification Details", "The server called close() twice");
    this.#closed = true;
    return iterable.close?.();
  }
}
