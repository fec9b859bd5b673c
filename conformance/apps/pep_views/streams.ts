// wsgi.input and wsgi.errors.
import { createHash } from "node:crypto";
import type { ErrorStream, SyncInputStream } from "quintet/wsgi";
import { bytes, PLAIN, type View } from "./visit.ts";

/** Bytes as latin-1 text; anything else is shown to be wrong. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  return value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : typeof value;
}

const TEXTS: Record<string, string> = {
  unicode: "\u20AC \u0416 \u{1F600}",
  surrogate: "\uDCFF",
};

export const streamViews: Record<string, View> = {
  reads(visit, environ, startResponse) {
    const body = environ["wsgi.input"] as SyncInputStream;
    const results = visit.arguments.map((step) => {
      const [name, size] = step.split(":");
      const sizes = size === undefined ? [] : [Number(size)];
      if (name === "read") return body.read(...sizes);
      if (name === "readline") return body.readline(...sizes);
      return name === "readlines" ? body.readlines(...sizes) : [...body];
    });
    const length = environ.CONTENT_LENGTH ?? "none";
    startResponse("200 OK", [
      ["Content-Type", "application/json"],
      ["X-Length", length],
    ]);
    return [bytes(JSON.stringify(results.map(plain)))];
  },
  digest(_visit, environ, startResponse) {
    const body = environ["wsgi.input"] as SyncInputStream;
    const hash = createHash("sha256");
    let size = 0;
    for (let block = body.read(65_536); block.length > 0; block = body.read(65_536)) {
      hash.update(block);
      size += block.length;
    }
    startResponse("200 OK", PLAIN);
    return [bytes(`${size} ${hash.digest("hex")}`)];
  },
  errors(visit, environ, startResponse) {
    const stream = environ["wsgi.errors"] as ErrorStream;
    const name = visit.arguments[0] as string;
    const text = `${TEXTS[name] ?? "a line"} ${visit.id}-${name}\n`;
    if (name === "writelines") stream.writelines([text, "and another\n"]);
    else stream.write(text);
    stream.flush();
    startResponse("200 OK", PLAIN);
    return [bytes("written")];
  },
};
