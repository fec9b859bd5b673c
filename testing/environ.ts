import type { Environ } from "quintet/wsgi";

/** An environ as PEP 3333 requires it. */
export function goodEnviron(more: Partial<Environ> = {}): Environ {
  const none = (): void => {};
  return {
    REQUEST_METHOD: "GET",
    SCRIPT_NAME: "",
    PATH_INFO: "/",
    QUERY_STRING: "",
    SERVER_NAME: "localhost",
    SERVER_PORT: "80",
    SERVER_PROTOCOL: "HTTP/1.1",
    "wsgi.version": [1, 0],
    "wsgi.url_scheme": "http",
    "wsgi.input": { read: () => new Uint8Array(0) },
    "wsgi.errors": { write: none, writelines: none, flush: none },
    "wsgi.multithread": false,
    "wsgi.multiprocess": true,
    "wsgi.run_once": false,
    ...more,
  };
}
