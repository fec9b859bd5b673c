// Both sides of the wire protocol, compared whole: neither may know a frame, a flag, a size or a word that the other does not.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { readTable } from "../../scripts/lib/wire-table.ts";
import * as frames from "../../src/wire/frames.ts";
import * as pageWords from "../../src/wire/page-words.ts";
import { python, root } from "../../testing/paths.ts";

const DUMP = `
import json
from quintet.host import frame_checks
from quintet.wire import channel, frames, page
def numbers(module):
    return {name: value for name, value in vars(module).items() if name[0] != "_" and type(value) is int}
print(json.dumps({
    "frames": numbers(frames),
    "page": numbers(page),
    "header": frames.HEADER.size,
    "toWorker": channel._PAYLOAD_BYTES,
    "fromNode": frame_checks._MAX_PAYLOAD_BYTES,
}))
`;

interface PythonSide {
  frames: Record<string, number>;
  page: Record<string, number>;
  header: number;
  /** The exact size of a payload by its type; -1 for any. */
  toWorker: Record<string, number>;
  /** The longest payload by its type. */
  fromNode: Record<string, number>;
}

function pythonSide(): PythonSide {
  const env = { ...process.env, PYTHONPATH: join(root, "python") };
  const { stdout, stderr } = spawnSync(python, ["-c", DUMP], { env, encoding: "utf8" });
  assert.equal(stderr, "");
  return JSON.parse(stdout) as PythonSide;
}

function numbers(module: object): Record<string, number> {
  return Object.fromEntries(
    Object.entries(module).filter(([, value]) => typeof value === "number"),
  );
}

const there = pythonSide();

test("Python has the same frames, flags and sizes, and no others", () => {
  assert.deepEqual(there.frames, numbers(frames));
  assert.equal(there.header, frames.HEADER_BYTES);
});

test("Python has the same words of the page, and no others", () => {
  assert.deepEqual(there.page, numbers(pageWords));
});

test("the tables hold every constant, so that docs/reference/wire.md does", () => {
  for (const [file, module] of [
    ["src/wire/frames.ts", frames],
    ["src/wire/page-words.ts", pageWords],
  ] as const) {
    const listed = readTable(file).flatMap(({ constants }) => constants.map(({ name }) => name));
    assert.deepEqual(listed.toSorted(), Object.keys(numbers(module)).toSorted());
  }
});

test("no two frames to the same process have the same type", () => {
  for (const { title, constants } of readTable("src/wire/frames.ts")) {
    if (!title.endsWith(": frames")) continue;
    const types = constants.map(({ value }) => value);
    assert.equal(new Set(types).size, types.length, title);
  }
});

test("a Python worker reads every frame that the front sends to workers", () => {
  const sent = readTable("src/wire/frames.ts").find(({ title }) => title === "To a worker: frames");
  const read = new Set([String(frames.REQUEST), ...Object.keys(there.toWorker)]);
  // Only a Node worker calls other applications.
  const expected = sent?.constants.filter(({ name }) => !name.startsWith("CALL_"));
  assert.deepEqual([...read].toSorted(), expected?.map(({ value }) => value).toSorted());
});

test("quintet.host takes no longer frames from Node than the front does", () => {
  for (const [type, bytes] of Object.entries(there.fromNode)) {
    assert.ok(bytes <= frames.maxPayloadFromWorker(Number(type)), `type ${type}`);
  }
});
