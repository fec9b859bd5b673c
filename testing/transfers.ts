import { createCipheriv, createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Running, start, type StartOptions } from "./server.ts";
import { folderWith } from "./temp.ts";

/** Bytes that never repeat and are the same in every run, and a server of tests/apps that sends and receives them. */
export interface Transfers {
  server: Running;
  /** The path of its unix socket. */
  socket: string;
  /** The path of the bytes. */
  file: string;
  data: Buffer;
  /** The response to uploading them: length and hash. */
  answer: string;
}

/** The views of transfers.py that send the file. Most applications work like the first two. */
export const views: string[] = ["/stream", "/file", "/sized", "/written"];

export async function openTransfers(
  options: { size?: number; target?: string } & StartOptions = {},
): Promise<Transfers> {
  const { size = 100_000_000, target = "transfers" } = options;
  const folder = folderWith();
  const data = bytes(size);
  const file = join(folder, "file.bin");
  writeFileSync(file, data);
  const socket = join(folder, "socket");
  // Threads, so that each deliberately slow client has its own request.
  const more = ["--workers", "2", "--threads", "8", "--bind", `unix:${socket}`];
  const env = { TRANSFER_FILE: file, ...options.env };
  const args = [...more, ...(options.args ?? [])];
  const server = await start(target, { ...options, env, args });
  return { server, socket, file, data, answer: `${size} ${sha256(data)}` };
}

export function sha256(data: Buffer): string {
  return createHash("sha256").update(data).digest("hex");
}

/** Every block differs from every other, so a lost, repeated or swapped block shows. */
function bytes(size: number): Buffer {
  const cipher = createCipheriv("aes-128-ctr", Buffer.alloc(16, 1), Buffer.alloc(16));
  return cipher.update(Buffer.alloc(size));
}

/** Length and hash of the received data. */
export async function digest(stream: AsyncIterable<Buffer | Uint8Array>): Promise<string> {
  const found = createHash("sha256");
  let length = 0;
  for await (const chunk of stream) {
    found.update(chunk);
    length += chunk.length;
  }
  return `${length} ${found.digest("hex")}`;
}

/** Paces a transfer: waits as needed to stay below this many bytes a second. */
export function pace(perSecond: number): (bytes: number) => Promise<void> {
  const began = performance.now();
  let total = 0;
  return async (bytes) => {
    total += bytes;
    const ahead = (total / perSecond) * 1000 - (performance.now() - began);
    if (ahead > 20) await new Promise((resolve) => setTimeout(resolve, ahead));
  };
}
