import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { after, before, test } from "node:test";
import { digest, openTransfers, type Transfers, views } from "../../testing/transfers.ts";

let transfers: Transfers;
before(async () => {
  transfers = await openTransfers();
});
after(async () => {
  await transfers.server.stop();
});

/** Run curl; returns its output, with that of `--write-out` on stderr. */
async function curl(
  args: string[],
  input: NodeJS.ReadableStream | null = null,
): Promise<{ out: Buffer; report: string }> {
  const child = spawn("curl", ["--silent", "--show-error", "--max-time", "250", ...args]);
  const chunks: Buffer[] = [];
  let report = "";
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on("data", (chunk) => (report += chunk));
  if (input) await pipeline(input, child.stdin);
  const code = await new Promise((resolve) => child.on("close", resolve));
  assert.equal(code, 0, report);
  return { out: Buffer.concat(chunks), report };
}

/** curl's arguments to reach the server over TCP, and over its unix socket. */
function addresses(): { to: string; args: string[]; url: string }[] {
  const { server, socket } = transfers;
  return [
    { to: "TCP", args: [], url: server.url },
    { to: "unix", args: ["--unix-socket", socket], url: "http://localhost" },
  ];
}

async function downloads(args: string[], url: string): Promise<void> {
  const { out } = await curl([...args, url]);
  assert.equal(await digest(chunksOf(out)), transfers.answer, `${args.join(" ")} ${url}`);
}

async function* chunksOf(data: Buffer): AsyncGenerator<Buffer> {
  yield data;
}

test("curl downloads 100 MB intact, however the application sends it", async () => {
  for (const { to, args, url } of addresses()) {
    for (const view of to === "TCP" ? views : views.slice(0, 2)) await downloads(args, url + view);
  }
});

test("curl downloads 100 MB over HTTP/1.0, where the end of the connection may be the end of the body", async () => {
  for (const [index, { args, url }] of addresses().entries()) {
    await downloads(["--http1.0", ...args], url + (views[index] as string));
  }
});

test("curl downloads at 30 MB/s", async () => {
  const slow = ["--limit-rate", "30M"];
  await Promise.all(
    addresses().map(({ args, url }, at) =>
      downloads([...slow, ...args], url + (views[at] as string)),
    ),
  );
});

test("curl uploads 100 MB with a length, and asks first whether it may", async () => {
  for (const { args, url } of addresses()) {
    const body = ["--data-binary", `@${transfers.file}`, "--verbose"];
    const { out, report } = await curl([...args, ...body, `${url}/digest`]);
    assert.equal(out.toString(), transfers.answer);
    assert.match(report, /^> Expect: 100-continue\r?$/m);
    assert.match(report, /^< HTTP\/1\.1 100 Continue\r?$/m);
  }
});

test("curl uploads 100 MB in chunks, from a pipe", async () => {
  for (const { args, url } of addresses()) {
    const body = ["--upload-file", "-", "--verbose"];
    const input = createReadStream(transfers.file);
    const { out, report } = await curl([...args, ...body, `${url}/digest`], input);
    assert.equal(out.toString(), transfers.answer);
    assert.match(report, /^> Transfer-Encoding: chunked\r?$/m);
  }
});

test("curl uploads 100 MB over HTTP/1.0", async () => {
  for (const { args, url } of addresses()) {
    const body = ["--http1.0", "--upload-file", transfers.file];
    const { out } = await curl([...args, ...body, `${url}/digest`]);
    assert.equal(out.toString(), transfers.answer);
  }
});

test("curl uploads at 30 MB/s, with a length and in chunks", async () => {
  const slow = ["--limit-rate", "30M"];
  const body = ["--upload-file", transfers.file];
  const chunked = ["--header", "Transfer-Encoding: chunked"];
  const each = addresses().map(async ({ args, url, to }) => {
    const how = to === "TCP" ? body : [...body, ...chunked];
    const { out } = await curl([...slow, ...args, ...how, `${url}/digest`]);
    assert.equal(out.toString(), transfers.answer, to);
  });
  await Promise.all(each);
});

test("a connection keeps working after large transfers, up and down", async () => {
  for (const { args, url, to } of addresses()) {
    const told = [
      "--silent",
      "--show-error",
      "--write-out",
      "%{stderr}%{num_connects} %{http_code}\n",
    ];
    const discard = ["--output", "/dev/null"];
    const upload = ["--upload-file", transfers.file, `${url}/digest`];
    const chunked = ["--header", "Transfer-Encoding: chunked", ...upload];
    const requests = [
      [...discard, `${url}/stream`],
      [...discard, `${url}/file`],
      [...discard, ...upload],
      [...discard, ...chunked],
      ["--data-binary", "small", `${url}/digest`],
    ];
    const { out, report } = await curl(
      requests.flatMap((each) => ["--next", told, args, each].flat()).slice(1),
    );
    assert.equal(report, "1 200\n0 200\n0 200\n0 200\n0 200\n", to);
    assert.equal(out.toString(), await digest(chunksOf(Buffer.from("small"))));
  }
});
