// /dev/stdout and /dev/stderr can be opened in a worker, as if they were a terminal, a file or a pipe.
import assert from "node:assert/strict";
import { describe, test, type TestContext } from "node:test";
import { zygoteOf } from "../../testing/processes.ts";
import { serve } from "../../testing/serve.ts";
import type { Running, StartOptions } from "../../testing/server.ts";
import { folderWith } from "../../testing/temp.ts";

const WAYS = [
  "/dev/stdout",
  "/dev/stderr",
  "/proc/self/fd/1",
  "/dev/fd/2",
  "FileHandler",
  "echo",
  "echo to stdout",
  "tee",
  "print",
  "descriptor",
];

/** The server answers, and everything printed is logged with the pid of the process that printed it. */
async function prints(server: Running, importer?: number): Promise<void> {
  const answer = await (await fetch(server.url)).text();
  assert.match(answer, /^pid \d+$/);
  const worker = Number(answer.slice(4));
  const expected = [
    ...WAYS.map((way) => `import: ${way} by ${importer ?? worker}`),
    ...[...WAYS, "kept"].map((way) => `view: ${way} by ${worker}`),
  ];
  const printed = (): string[] =>
    server
      .log()
      .filter(({ msg = "" }) => /^(?:import|view): /.test(msg))
      .map(({ msg, worker }) => `${msg} by ${worker}`);
  await server.logged(() => printed().length >= expected.length);
  assert.deepEqual(printed().toSorted(), expected.toSorted());
}

async function site(t: TestContext, options: StartOptions = {}): Promise<Running> {
  return serve(t, "printing", options);
}

describe("/dev/stdout and /dev/stderr can be opened", { concurrency: true }, () => {
  test("in a forked worker, and when it imports", async (t) => {
    const server = await site(t);
    await prints(server, zygoteOf(server));
  });

  test("in a worker that imports the application itself", async (t) => {
    await prints(await site(t, { args: ["--no-preload"] }));
  });

  test("in a worker of another user", { skip: process.getuid?.() !== 0 }, async (t) => {
    const args = ["--user", "nobody", "--python", "/usr/bin/python3"];
    const server = await site(t, { args, searchPython: true });
    await prints(server, zygoteOf(server));
  });

  test("in a Node worker, and in a program that it starts", async (t) => {
    const ways = `import { execFileSync } from "node:child_process";
import { appendFileSync, fstatSync, openSync, writeFileSync, writeSync } from "node:fs";
const shell = (command: string) => execFileSync("sh", ["-c", command], { stdio: ["ignore", "inherit", "inherit"] });
const ways: Record<string, (text: string) => void> = {
  "/dev/stdout": (text) => writeFileSync("/dev/stdout", text + "\\n"),
  "/dev/stderr": (text) => writeFileSync("/dev/stderr", text + "\\n"),
  "/proc/self/fd/1": (text) => appendFileSync("/proc/self/fd/1", text + "\\n"),
  "/dev/fd/2": (text) => writeFileSync("/dev/fd/2", text + "\\n"),
  FileHandler: (text) => console.log(text),
  echo: (text) => shell(\`echo '\${text}' > /dev/stderr\`),
  "echo to stdout": (text) => shell(\`echo '\${text}' >> /dev/stdout\`),
  tee: (text) => shell(\`echo '\${text}' | tee /dev/stderr > /dev/null\`),
  print: (text) => console.error(text),
  descriptor: (text) => writeFileSync(2, text + "\\n"),
};
function byAllWays(where: string): void {
  for (const [name, way] of Object.entries(ways)) way(where + ": " + name);
}
// The process that finds the target prints to the stdout of the server.
const socket = fstatSync(1).isSocket();
if (!socket) byAllWays("import");
const kept = socket ? 1 : openSync("/dev/stdout", "a");
ways.kept = (text) => writeSync(kept, text + "\\n");
export const application = (_environ: object, startResponse: Function) => {
  byAllWays("view");
  startResponse("200 OK", []);
  return [new TextEncoder().encode("pid " + process.pid)];
};
`;
    await prints(await serve(t, "wsgi.ts", { cwd: folderWith({ "wsgi.ts": ways }) }));
  });
});
