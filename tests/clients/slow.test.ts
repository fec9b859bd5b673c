import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { request } from "node:http";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { pythonClient } from "../../testing/python-client.ts";
import { digest, openTransfers, pace, type Transfers } from "../../testing/transfers.ts";

let transfers: Transfers;
before(async () => {
  transfers = await openTransfers({ size: 2_000_000 });
});
after(async () => {
  await transfers.server.stop();
});

const SLOW = 200_000;

async function curl(...args: string[]): Promise<string> {
  const options = ["--silent", "--show-error", "--limit-rate", String(SLOW), "--max-time", "250"];
  const { stdout } = await promisify(execFile)("curl", [...options, ...args], {
    encoding: "buffer",
    maxBuffer: 10_000_000,
  });
  return stdout.length < 200 ? stdout.toString() : await digest(pieces(stdout, stdout.length));
}

async function* pieces(data: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < data.length; at += size) yield data.subarray(at, at + size);
}

async function* paced(all: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const keep = pace(SLOW);
  for await (const each of all) {
    await keep(each.length);
    yield each;
  }
}

function node(socketPath: string, path: string, up: boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, path, method: up ? "POST" : "GET" }, (answer) => {
      digestOrText(answer, up).then(resolve, reject);
    });
    sent.on("error", reject);
    const send = async (): Promise<void> => {
      for await (const each of paced(pieces(transfers.data, 5000))) sent.write(each);
      sent.end();
    };
    if (up) send().catch(reject);
    else sent.end();
  });
}

async function digestOrText(answer: AsyncIterable<Buffer>, up: boolean): Promise<string> {
  if (!up) return await digest(paced(answer));
  let text = "";
  for await (const chunk of answer) text += chunk.toString();
  return text;
}

test("2 MB arrive intact in ten seconds: from and to every client, over TCP and unix, all at once", async () => {
  const { server, socket, file, answer } = transfers;
  const body = ["--data-binary", `@${file}`];
  const unix = ["--unix-socket", socket];
  const began = performance.now();
  const python = [String(server.port), socket].flatMap((address) =>
    ["get@200000:/sized", "put@200000:/digest", "chunked@200000:/digest"].map(async (step) => {
      const { saw } = await pythonClient("--window", address, file, step);
      return saw[0];
    }),
  );
  const all = await Promise.all([
    curl(`${server.url}/stream`),
    curl(...unix, "http://localhost/file"),
    curl(...body, `${server.url}/digest`),
    curl(...unix, ...body, "http://localhost/digest"),
    node(socket, "/stream", false),
    node(socket, "/digest", true),
    ...python,
  ]);
  assert.deepEqual(all, Array(all.length).fill(answer));
  const seconds = (performance.now() - began) / 1000;
  assert.ok(seconds > 8, `nobody was slow: ${seconds} s`);
});
