// Bodies of every kind: what is returned, what is written, and how long it is said to be.
import type { StartResponse, HeaderList, Write, WsgiResult } from "quintet/wsgi";
import { bytes, PLAIN, type View } from "./visit.ts";

const begin = (startResponse: StartResponse, ...headers: HeaderList): Write =>
  startResponse("200 OK", [...PLAIN, ...headers]);

const two = (): Uint8Array[] => [bytes("one "), bytes("two")];

function* generate(): Generator<Uint8Array> {
  yield* two();
}

const KINDS: Record<string, () => WsgiResult> = {
  list: two,
  "list-of-one": () => [bytes("one two")],
  iterator: () => two().values(),
  generator: generate,
  object: () => ({ [Symbol.iterator]: () => two().values() }),
  "empty-pieces": () => ["", "one ", "", "", "two", ""].map(bytes),
};

export const bodyViews: Record<string, View> = {
  iterable(visit, _environ, startResponse) {
    begin(startResponse);
    return (KINDS[visit.arguments[0] as string] as () => WsgiResult)();
  },
  binary(_visit, _environ, startResponse) {
    begin(startResponse);
    return [Uint8Array.from({ length: 256 }, (_, code) => code), bytes("\n\r\n\r\r\n\0")];
  },
  *many(_visit, _environ, startResponse) {
    begin(startResponse);
    for (let number = 0; number < 1000; number += 1) yield bytes(`${number}\n`);
    yield bytes("x".repeat(3_000_000));
  },
  *steps(visit, _environ, startResponse) {
    begin(startResponse);
    yield bytes("first piece\n");
    visit.note(visit.seen() ? "in time" : "late");
    yield bytes("second piece\n");
  },
  "write-steps"(visit, _environ, startResponse) {
    const write = begin(startResponse);
    write(bytes("first piece\n"));
    visit.note(visit.seen() ? "in time" : "late");
    write(bytes("second piece\n"));
    return [];
  },
  text(_visit, _environ, startResponse) {
    begin(startResponse);
    return ["text, not bytes"] as unknown as Uint8Array[];
  },
  nothing(_visit, _environ, startResponse) {
    begin(startResponse);
    return null as unknown as Uint8Array[];
  },
  empty(_visit, _environ, startResponse) {
    begin(startResponse, ["X-Empty", "yes"]);
    return [];
  },
  write(_visit, _environ, startResponse) {
    const write = begin(startResponse);
    write(bytes("written "));
    write(bytes("twice "));
    return [bytes("returned")];
  },
  "write-alone"(_visit, _environ, startResponse) {
    begin(startResponse)(bytes("written"));
    return [];
  },
  "write-much"(_visit, _environ, startResponse) {
    const write = begin(startResponse);
    for (let number = 0; number < 5; number += 1) write(bytes(String(number).repeat(1_000_000)));
    return [];
  },
  "write-text"(visit, _environ, startResponse) {
    const write = begin(startResponse);
    visit.attempt(() => write("text, not bytes" as unknown as Uint8Array));
    return [bytes("body")];
  },
  "write-past"(visit, _environ, startResponse) {
    const write = begin(startResponse, ["Content-Length", "5"]);
    write(bytes("hello"));
    visit.attempt(() => write(bytes(" world")));
    return [];
  },
  length(visit, _environ, startResponse) {
    const [said = "", sent, pieces] = visit.arguments;
    begin(startResponse, ["Content-Length", said]);
    const count = Number(sent);
    if (pieces === "one") return [bytes("x".repeat(count))];
    return Array.from({ length: count }, () => bytes("x"));
  },
  *"length-endless"(visit, _environ, startResponse) {
    begin(startResponse, ["Content-Length", "5"]);
    for (let number = 0; number < 2000; number += 1) {
      visit.note("asked");
      yield bytes("hello");
    }
  },
  status(visit, _environ, startResponse) {
    const code = visit.arguments[0] as string;
    startResponse(`${code} Mine`, code === "200" ? PLAIN : [["X-Status", code]]);
    return [bytes("a "), bytes("body")];
  },
  bodiless(_visit, _environ, startResponse) {
    startResponse("204 No Content", [["X-Status", "204"]]);
    return [];
  },
  called(visit, _environ, startResponse) {
    visit.note("called");
    if (visit.arguments[0] === "raises") throw new Error("after it was called");
    begin(startResponse);
    return [bytes("body")];
  },
};
