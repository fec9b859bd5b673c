import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { request } from "node:http";
import { test } from "node:test";
import { serve } from "../../../testing/serve.ts";
import { type Running } from "../../../testing/server.ts";
import { folderWith } from "../../../testing/temp.ts";

/** The peak memory of a process, in megabytes. */
function peak(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) / 1000;
}

/** The body that a view sends back, from a generator of that many blocks. */
async function upload(of: Running, path: string, blocks: number, length?: number): Promise<string> {
  const headers = length === undefined ? {} : { "Content-Length": length };
  const sending = request({ port: of.port, path, method: "POST", agent: false, headers });
  const answer = new Promise<string>((resolve, reject) => {
    sending.on("error", reject).on("response", (response) => {
      response.setEncoding("latin1").on("data", resolve);
    });
  });
  for (let index = 0; index < blocks; index += 1) {
    if (!sending.write(blockOf(index))) await new Promise((go) => sending.once("drain", go));
  }
  sending.end();
  return answer;
}

const BLOCK = 1024 * 1024;

function blockOf(index: number): Buffer {
  return Buffer.alloc(BLOCK, `block ${index} `);
}

for (const threads of ["1", "4"]) {
  test(`1 GB takes no memory and no temporary file (threads: ${threads})`, async (t) => {
    const temporary = folderWith();
    const own = ["--request-buffering", "false", "--temp-dir", temporary, "--threads", threads];
    const server = await serve(t, "uploads", { args: own });
    const [worker] = server.workers() as [number];
    assert.match(await upload(server, "/digest", 20), /^20971520 /);
    const before = [peak(server.front), peak(worker)] as const;
    const blocks = 1024;
    const hash = createHash("sha256");
    for (let index = 0; index < blocks; index += 1) hash.update(blockOf(index));
    const files = new Set<string>();
    const watch = setInterval(() => {
      for (const name of readdirSync(temporary))
        if (!name.startsWith("quintet-compiled-")) files.add(name);
    }, 20);
    const answer = await upload(server, "/digest", blocks, blocks * BLOCK).finally(() =>
      clearInterval(watch),
    );
    assert.equal(answer, `${blocks * BLOCK} ${hash.digest("hex")}`);
    assert.deepEqual([...files], []);
    const grown = [peak(server.front) - before[0], peak(worker) - before[1]] as const;
    t.diagnostic(`front ${grown[0].toFixed(1)} MB, worker ${grown[1].toFixed(1)} MB`);
    // The front has garbage that is not collected yet, but not a gigabyte of it.
    assert.ok(grown[0] < 64, `the front has grown by ${grown[0]} MB`);
    assert.ok(grown[1] < 4, `the worker has grown by ${grown[1]} MB`);
  });
}
