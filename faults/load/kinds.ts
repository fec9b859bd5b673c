import type { Agent } from "node:http";
import { randomBytes, randomInt } from "node:crypto";
import { LINES, sha256, STREAM } from "./content.ts";
import { type Ask, keptConnection, newConnections } from "./exchange.ts";

/** What a request asks, and what its answer must be. */
export interface Errand {
  ask: Ask;
  /** A page that was looked at before, or the very bytes. */
  expects: { page: string } | { bytes: Buffer };
}

/** Clients that all do the same. */
export interface Kind {
  /** For the page: what they do. */
  does: string;
  clients: number;
  /** Milliseconds from the begin of a client's request to that of its next, if it has its answer by then. */
  every: number;
  connection(): Agent;
  /** @param pages the paths of those that are known */
  errand(pages: string[]): Errand;
}

const UPLOAD = [10_000, 1_000_000] as const;
const DOWNLOAD_PACE = 1_000_000;

function page(pages: string[]): Errand {
  const path = pages[randomInt(pages.length)] as string;
  return { ask: { path }, expects: { page: path } };
}

/** Small ones are as frequent as large ones. */
function upload(): Errand {
  const [least, most] = UPLOAD;
  const body = randomBytes(Math.round(least * (most / least) ** Math.random()));
  const headers = { "Content-Type": "application/octet-stream" };
  return {
    ask: { path: "/faults/upload/", method: "POST", headers, body },
    expects: { bytes: Buffer.from(sha256(body)) },
  };
}

export const kinds: Record<string, Kind> = {
  "keep-alive": {
    does: "request pages over a persistent connection",
    clients: 8,
    every: 32,
    connection: keptConnection,
    errand: page,
  },
  "new connections": {
    does: "request pages over a new connection each time",
    clients: 4,
    every: 50,
    connection: newConnections,
    errand: page,
  },
  uploads: {
    does: "upload 10 kB to 1 MB; the response is its SHA-256",
    clients: 2,
    every: 100,
    connection: keptConnection,
    errand: upload,
  },
  streams: {
    does: "read a stream of ten chunks",
    clients: 2,
    every: 500,
    connection: keptConnection,
    errand: () => ({ ask: { path: "/faults/stream/" }, expects: { bytes: STREAM } }),
  },
  "slow readers": {
    does: "read 1 MB within a second",
    clients: 2,
    every: 1500,
    connection: keptConnection,
    errand: () => ({
      ask: { path: "/faults/download/", pace: DOWNLOAD_PACE },
      expects: { bytes: LINES },
    }),
  },
  /** Only where a leak is the fault. */
  leaks: {
    does: "ask for what leaks",
    clients: 1,
    every: 100,
    connection: keptConnection,
    errand: () => ({ ask: { path: "/faults/leak/" }, expects: { bytes: Buffer.from("leaked") } }),
  },
};

export const ordinary: string[] = Object.keys(kinds).filter((name) => name !== "leaks");
