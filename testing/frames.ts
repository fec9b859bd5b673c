import { spawn } from "node:child_process";
import { join } from "node:path";
import fc from "fast-check";
import { FrameReader } from "../src/wire/frame-reader.ts";
import { FrameWriter } from "../src/wire/frame-writer.ts";
import { python, root } from "./paths.ts";

export interface Frame {
  type: number;
  flags: number;
  id: number;
  payload: Buffer;
}

/** Up to this many bytes, mostly few, because edge cases matter. */
export function bytes(most: number): fc.Arbitrary<Buffer> {
  const size = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: most }));
  return fc.tuple(size, fc.integer({ min: 0, max: 255 })).map(([length, first]) => {
    const data = Buffer.allocUnsafe(length);
    for (let index = 0; index < length; index += 1) data[index] = (first + index * 7) & 255;
    return data;
  });
}

export function frameOf(payload: fc.Arbitrary<Buffer>): fc.Arbitrary<Frame> {
  return fc.record(
    {
      type: fc.integer({ min: 0, max: 255 }),
      flags: fc.integer({ min: 0, max: 255 }),
      id: fc.integer({ min: 0, max: 0xff_ff_ff_ff }),
      payload,
    },
    { noNullPrototype: true },
  );
}

/** The sizes of the pieces that bytes are split into, repeated as needed. */
export const pieces: fc.Arbitrary<number[]> = fc.array(
  fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 70_000 })),
  { minLength: 1, maxLength: 6 },
);

export function split(data: Buffer, sizes: number[]): Buffer[] {
  // Not in thousands of pieces, which would only take longer.
  const least = Math.ceil(data.length / 3000);
  const found: Buffer[] = [];
  for (let at = 0; at < data.length;) {
    const size = Math.max(least, sizes[found.length % sizes.length] as number);
    found.push(data.subarray(at, at + size));
    at += size;
  }
  return found;
}

export function write(frames: Frame[]): Buffer {
  const writer = new FrameWriter();
  for (const { type, flags, id, payload } of frames) writer.frame(type, id, payload, flags);
  return Buffer.from(writer.take());
}

export function read(chunks: Buffer[]): Frame[] {
  const frames: Frame[] = [];
  const reader = new FrameReader((type, flags, id, buffer, start, end) => {
    frames.push({ type, flags, id, payload: Buffer.from(buffer.subarray(start, end)) });
  });
  for (const chunk of chunks) reader.push(chunk);
  return frames;
}

/** Ask a Python twin, with all cases at once because it starts slowly. Bytes travel as base64. */
export async function twin(
  task: string,
  cases: Buffer[][],
  more: unknown[] = [],
  program = "frames_twin.py",
): Promise<unknown[]> {
  const child = spawn(python, [join(root, "testing", program), task], {
    env: { PYTHONPATH: join(root, "python") },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const encoded = cases.map((each) => each.map((piece) => piece.toString("base64")));
  child.stdin.end(JSON.stringify({ cases: encoded, more }));
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  await new Promise((resolve) => child.on("close", resolve));
  return JSON.parse(output) as unknown[];
}
