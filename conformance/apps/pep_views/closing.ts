// Iterables with a close(), on every path that a response can take.
import type { HeaderList, WsgiResult } from "quintet/wsgi";
import { bytes, PLAIN, sleep, type View, type Visit } from "./visit.ts";

const two = (): Uint8Array[] => [bytes("one "), bytes("two")];

function* fails(first: string): Generator<Uint8Array> {
  if (first !== "") yield bytes(first);
  throw new Error("raised by the iterable");
}

function* endless(visit: Visit): Generator<Uint8Array> {
  for (;;) {
    visit.note("asked");
    yield bytes("tick\n");
    sleep(0.02);
  }
}

function* noted(visit: Visit): Generator<Uint8Array> {
  for (const piece of two()) {
    visit.note("asked");
    yield piece;
  }
  visit.note("ended");
}

const HEADS: Record<string, [string, HeaderList]> = {
  "204": ["204 No Content", []],
  "304": ["304 Not Modified", []],
  long: ["200 OK", [...PLAIN, ["Content-Length", "5"]]],
  short: ["200 OK", [...PLAIN, ["Content-Length", "50"]]],
};

const PIECES: Record<string, (visit: Visit) => Iterable<Uint8Array>> = {
  list: two,
  "list-of-one": () => [bytes("one two")],
  empty: () => [],
  "raises-first": () => fails(""),
  "raises-later": () => fails("begun\n"),
  text: () => ["text, not bytes"] as unknown as Uint8Array[],
  endless,
  order: noted,
};

function closer(visit: Visit, kind: string): () => void {
  if (kind === "late") return () => visit.note(visit.seen() ? "in time" : "late");
  return () => {
    visit.note("closed");
    if (kind === "wrong") throw new Error("raised by close()");
  };
}

export const closingViews: Record<string, View> = {
  closing(visit, _environ, startResponse) {
    const kind = visit.arguments[0] as string;
    if (kind !== "silent") startResponse(...(HEADS[kind] ?? ["200 OK", PLAIN]));
    const pieces = (PIECES[kind] ?? two)(visit);
    const close = closer(visit, kind);
    // A list stays a list, which a server may treat in a way of its own.
    if (kind.startsWith("list")) return Object.assign(pieces, { close }) as WsgiResult;
    return { [Symbol.iterator]: () => pieces[Symbol.iterator](), close };
  },
  *"closing-generator"(visit, _environ, startResponse) {
    startResponse("200 OK", PLAIN);
    try {
      yield* endless(visit);
    } finally {
      visit.note("closed");
    }
  },
};
