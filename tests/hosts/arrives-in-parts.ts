import assert from "node:assert/strict";
import type { Barrier } from "../../testing/barrier.ts";

/** The first part of a stream arrives while the view still waits to send the second: nothing collects them. */
export async function arrivesInParts(url: string, { open }: Barrier): Promise<void> {
  const response = await fetch(url);
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const first = Buffer.from((await reader.read()).value ?? []).toString();
  assert.equal(first, "first\n", url);
  open();
  const second = Buffer.from((await reader.read()).value ?? []).toString();
  assert.equal(second, "second\n", url);
  assert.ok((await reader.read()).done);
}
