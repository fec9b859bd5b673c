// A Node worker that exits by itself completes its writes and runs its exit handlers.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { runCommand } from "../../testing/command.ts";
import { isAlive } from "../../testing/processes.ts";
import { serve } from "../../testing/serve.ts";
import { folderWith } from "../../testing/temp.ts";
import { until } from "../../testing/wait.ts";

/** Each request writes a line, which takes several asynchronous calls of the file system. */
const APP = String.raw`import { appendFileSync, createWriteStream } from "node:fs";
import { appendFile, readFile } from "node:fs/promises";
const stream = createWriteStream("streamed-" + process.pid);
async function later(): Promise<void> {
  for (let turn = 0; turn < 200; turn += 1) await readFile("wsgi.ts");
  await appendFile("written-" + process.pid, "line\n");
}
process.once("beforeExit", () => void appendFile("ended-" + process.pid, "beforeExit\n"));
process.on("exit", () => appendFileSync("ended-" + process.pid, "exit\n"));
export const application = (environ: Record<string, unknown>, startResponse: Function) => {
  void later();
  if (environ.QUERY_STRING === "forever") setInterval(() => {}, 1000);
  for (let line = 0; line < 2000; line += 1) stream.write("line\n");
  startResponse("200 OK", []);
  return [new TextEncoder().encode(String(process.pid))];
};
`;

test("a Node worker completes its writes when it ends, and beforeExit and exit are emitted", async (t) => {
  const folder = folderWith({ "wsgi.ts": APP });
  const server = await serve(t, "wsgi.ts", { cwd: folder });
  const ask = async (query = ""): Promise<number> =>
    Number(await (await fetch(`${server.url}/?${query}`)).text());
  const left = (pid: number): string[] =>
    ["written", "ended"].map((name) => readFileSync(join(folder, `${name}-${pid}`), "utf8"));
  const pid = await ask();
  assert.equal((await runCommand(["reload", "--pid", String(server.pid)])).code, 0);
  await until(() => !isAlive(pid), "it has ended");
  const next = await ask();
  assert.equal((await runCommand(["reload", "--pid", String(server.pid)])).code, 0);
  await until(() => !isAlive(next), "it has ended");
  const last = await ask("forever");
  assert.equal(await server.stop(), 0);
  for (const each of [pid, next]) {
    assert.deepEqual(left(each), ["line\n", "beforeExit\nexit\n"]);
    const streamed = readFileSync(join(folder, `streamed-${each}`), "utf8");
    assert.equal(streamed, "line\n".repeat(2000));
  }
  assert.equal(readFileSync(join(folder, `ended-${last}`), "utf8"), "beforeExit\nexit\n");
  assert.ok(!server.log().some(({ msg = "" }) => /killed/.test(msg)));
});
