import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { folderWith } from "../../testing/temp.ts";
import { until } from "../../testing/wait.ts";

/** What a request to the views of tests/hosts/apps waits at. */
export interface Gate {
  folder: string;
  /** Wait until the view runs. */
  begun(): Promise<void>;
  /** Let the view go on. */
  open(): void;
}

export function gate(): Gate {
  const folder = folderWith();
  return {
    folder,
    begun: () => until(() => existsSync(join(folder, "begun")), "the view runs"),
    open: () => writeFileSync(join(folder, "open"), ""),
  };
}

/** The first part of a stream arrives while the view still waits to send the second: nothing collects them. */
export async function arrivesInParts(url: string, { open }: Gate): Promise<void> {
  const response = await fetch(url);
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const first = Buffer.from((await reader.read()).value ?? []).toString();
  assert.equal(first, "first\n", url);
  open();
  const second = Buffer.from((await reader.read()).value ?? []).toString();
  assert.equal(second, "second\n", url);
  assert.ok((await reader.read()).done);
}
