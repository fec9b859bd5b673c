import { appendFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import type { Environ, HeaderList, StartResponse, WsgiResult } from "quintet/wsgi";

export type View = (visit: Visit, environ: Environ, startResponse: StartResponse) => WsgiResult;

export const PLAIN: HeaderList = [["Content-Type", "text/plain"]];

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Nothing else runs meanwhile, as with time.sleep() in a server of one thread. */
export function sleep(seconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, seconds * 1000);
}

/** A request: /view?id,argument,argument. What a view sees it notes in a file, which the case reads. */
export class Visit {
  readonly id: string;
  readonly arguments: string[];
  readonly #path: string;

  constructor(environ: Environ) {
    const [id = "", ...rest] = (environ.QUERY_STRING ?? "").split(",");
    this.id = id;
    this.arguments = rest;
    this.#path = join(process.env.CONFORMANCE_FOLDER as string, id);
  }

  note(text: string): void {
    appendFileSync(this.#path, `${text}\n`);
  }

  /** Wait until the client says that it has seen what it waits for; false if it does not. */
  seen(seconds = 3): boolean {
    const end = performance.now() + seconds * 1000;
    while (performance.now() < end) {
      if (existsSync(`${this.#path}.seen`)) return true;
      sleep(0.01);
    }
    return false;
  }

  /** Note whether a call throws. */
  attempt(call: () => unknown): void {
    try {
      call();
    } catch (error) {
      this.note(`raised ${(error as Error).name}`);
      return;
    }
    this.note("accepted");
  }
}
