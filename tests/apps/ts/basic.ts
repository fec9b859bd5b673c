// The TypeScript twin of basic.py: a WSGI application of many small views. The validator is around it.
import { createHash } from "node:crypto";
import type { Environ, StartResponse, SyncInputStream, WsgiApplication } from "quintet/wsgi";
import { validator } from "quintet/validator";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const pause = (seconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, seconds * 1000));

function text(startResponse: StartResponse, body: string, status = "200 OK"): Uint8Array[] {
  startResponse(status, [["Content-Type", "text/plain; charset=utf-8"]]);
  return [bytes(body)];
}

/** Keep the process busy, as a synchronous computation does. */
function spin(seconds: number): void {
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end);
}

const inputOf = (environ: Environ): SyncInputStream => environ["wsgi.input"] as SyncInputStream;

const views: Record<string, WsgiApplication> = {
  hello: (_environ, startResponse) => text(startResponse, "Hello from TypeScript!\n"),
  environ(environ, startResponse) {
    startResponse("200 OK", [["Content-Type", "application/json"]]);
    return [bytes(JSON.stringify(environ))];
  },
  echo(environ, startResponse) {
    const body = inputOf(environ).read();
    startResponse("200 OK", [
      ["Content-Type", "application/octet-stream"],
      ["X-Length", String(body.length)],
      ["X-Hash", createHash("sha256").update(body).digest("hex")],
    ]);
    return [body];
  },
  lines(environ, startResponse) {
    const input = inputOf(environ);
    const first = input.readline();
    const some = input.read(3);
    const rest = input.readlines();
    const end = input.read(10);
    const parts = [first, some, ...rest].map((part) => Buffer.from(part).toString());
    return text(startResponse, JSON.stringify([...parts, end.length]));
  },
  spin(environ, startResponse) {
    spin(Number(environ.QUERY_STRING));
    return text(startResponse, "spun\n");
  },
  async *sleep(environ, startResponse) {
    await pause(Number(environ.QUERY_STRING));
    yield* text(startResponse, "slept\n");
  },
  async *stream(environ, startResponse) {
    const [count, seconds] = (environ.QUERY_STRING as string).split(",").map(Number);
    startResponse("200 OK", [["Content-Type", "text/plain"]]);
    for (let number = 0; number < (count as number); number += 1) {
      if (number > 0) await pause(seconds as number);
      yield bytes(`chunk ${number}\n`);
    }
  },
  *generator(_environ, startResponse) {
    startResponse("200 OK", [["Content-Type", "text/plain"]]);
    yield new Uint8Array(0);
    yield bytes("one\n");
    yield bytes("two\n");
  },
  *large(environ, startResponse) {
    startResponse("200 OK", [["Content-Type", "application/octet-stream"]]);
    for (let left = Number(environ.QUERY_STRING); left > 0; left -= 65536) {
      yield new Uint8Array(Math.min(left, 65536)).fill(120);
    }
  },
  write(_environ, startResponse) {
    const write = startResponse("200 OK", [["Content-Type", "text/plain"]]);
    write(bytes("written\n"));
    return [bytes("returned\n")];
  },
  repeated(_environ, startResponse) {
    startResponse("299 Rather Fine", [
      ["Set-Cookie", "a=1"],
      ["X-Latin", "caf\u00e9"],
      ["Set-Cookie", "b=2"],
    ]);
    return [bytes("ok")];
  },
  boom() {
    throw new RangeError("boom");
  },
  async *"boom-late"(_environ, startResponse) {
    startResponse("200 OK", [["Content-Type", "text/plain"]]);
    yield bytes("begun\n");
    await pause(0.05);
    throw new RangeError("boom in mid-stream");
  },
  replaced(_environ, startResponse) {
    startResponse("200 OK", [["X-First", "1"]]);
    startResponse("500 Sorry", [["X-Second", "2"]], new Error("something went wrong"));
    return [bytes("sorry\n")];
  },
  "bad-header": (_environ, startResponse) => {
    startResponse("200 OK", [["X-Split", "a\r\nSet-Cookie: evil=1"]]);
    return [];
  },
  "bad-body": (_environ, startResponse) => {
    startResponse("200 OK", []);
    return ["a string"] as unknown as Uint8Array[];
  },
  die: () => process.exit(7),
  pid: (_environ, startResponse) => text(startResponse, `${process.pid}\n`),
  print(environ, startResponse) {
    console.log("printed to stdout");
    environ["wsgi.errors"]?.write("written to wsgi.errors\n");
    return text(startResponse, "done\n");
  },
  closing(_environ, startResponse) {
    startResponse("200 OK", [["Content-Type", "text/plain"]]);
    const chunks = (async function* () {
      for (;;) {
        yield new Uint8Array(65536);
        await pause(0.01);
      }
    })();
    return Object.assign(chunks, { close: () => console.log("closed") });
  },
};

export const application: WsgiApplication = validator((environ, startResponse) => {
  const name = environ.PATH_INFO?.split("/")[1] || "hello";
  const view = views[name];
  return view
    ? view(environ, startResponse)
    : text(startResponse, "no such view\n", "404 Not Found");
});
