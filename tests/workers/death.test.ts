import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Agent, request } from "undici";
import { untilReady } from "../../testing/worker-status.ts";
import { RowClients, rowsFile } from "../../testing/rows.ts";
import { descendants, isAlive } from "../../testing/processes.ts";
import { type Running, start } from "../../testing/server.ts";
import { untilRequests } from "../../testing/status.ts";
import { until } from "../../testing/wait.ts";
import { raw } from "../../testing/socket.ts";

let basic: Running;
let unruly: Running;
before(async () => {
  const args = ["--workers", "2"];
  [basic, unruly] = await Promise.all([start("basic", { args }), start("unruly", { args })]);
});
after(async () => {
  await basic.stop();
  await unruly.stop();
});

/** The pid of a worker that has answered a request. */
async function pid(server: Running): Promise<number> {
  return Number(await (await fetch(`${server.url}/pid`)).text());
}

async function replaced(server: Running, dead: number): Promise<void> {
  await until(() => !isAlive(dead), `${dead} has ended`);
  const others = (): number[] => server.workers().filter((each) => each !== dead);
  await until(() => others().length === 2, "there are two workers again");
  await server.logged(
    (line) => line.worker === dead && /died.*starting another/.test(line.msg ?? ""),
  );
}

test("a view that ends its process gets 502, and the worker is replaced", async () => {
  const response = await fetch(`${basic.url}/die`);
  assert.equal(response.status, 502);
  assert.match(await response.text(), /QUINTET_WORKER_DIED, request \w+/);
  const line = await basic.logged(({ msg }) => /worker \d+ ended: exit status 7/.test(msg ?? ""));
  await replaced(basic, Number(/worker (\d+) ended/.exec(line.msg as string)?.[1]));
  assert.equal((await fetch(basic.url)).status, 200);
});

test("killing a worker during a request loses that request and no other", async () => {
  const before = await untilReady(basic, 2);
  const slow = fetch(`${basic.url}/sleep?60`);
  await untilRequests(basic, { running: 1 });
  const others = await Promise.all(Array.from({ length: 20 }, () => pid(basic)));
  const victim = before.find((each) => !others.includes(each)) as number;
  assert.ok(victim, "all but one ran the fast requests");
  process.kill(victim, "SIGKILL");
  assert.equal((await slow).status, 502);
  await replaced(basic, victim);
  assert.equal((await fetch(basic.url)).status, 200);
});

test("killing an idle worker goes unnoticed, even on an open connection", async () => {
  const agent = new Agent({ connections: 1 });
  for (let round = 0; round < 10; round += 1) {
    const victim = await pid(basic);
    process.kill(victim, "SIGKILL");
    const answers = Array.from({ length: 5 }, () => request(basic.url, { dispatcher: agent }));
    for (const { statusCode, body } of await Promise.all(answers)) {
      assert.equal(statusCode, 200);
      await body.dump();
    }
    await replaced(basic, victim);
  }
  await agent.close();
});

test("if all workers are killed while idle, requests wait for the new ones", async () => {
  for (const each of basic.workers()) process.kill(each, "SIGKILL");
  const answers = await Promise.all(Array.from({ length: 10 }, () => fetch(basic.url)));
  assert.deepEqual(
    answers.map(({ status }) => status),
    Array(10).fill(200),
  );
});

test("a worker that dies in mid-stream leaves a visibly truncated response", async () => {
  for (const [version, path, how] of [
    ["1.1", "/die-late", "end"],
    ["1.1", "/die-late?length", "end"],
    ["1.0", "/die-late", "ECONNRESET"],
  ] as const) {
    const client = await raw(unruly.port);
    client.write(`GET ${path} HTTP/${version}\r\nHost: a\r\n\r\n`);
    const seen = await client.closed();
    assert.equal(seen.how, how, `HTTP/${version} ${path}`);
    assert.match(seen.text, /200 OK[^]*begun\n/);
    assert.doesNotMatch(seen.text, /\r\n0\r\n\r\n$/);
  }
  await unruly.logged(({ access }) => /ended: exit status 7/.test(access?.cut ?? ""));
});

test("a worker that writes an invalid frame is replaced, and its request gets 502", async () => {
  const victims = unruly.workers();
  assert.equal((await fetch(`${unruly.url}/garbage`)).status, 502);
  await until(() => victims.some((each) => !isAlive(each)), "it has ended");
  await until(() => unruly.workers().length === 2, "there are two workers again");
  assert.equal((await fetch(`${unruly.url}/pid`)).status, 200);
});

test("a child of the application keeps neither a dead worker nor the server from ending", async () => {
  const server = await start("unruly", { args: ["--workers", "2"] });
  const victim = Number(await (await fetch(`${server.url}/fork?120`)).text());
  const [child] = descendants(victim);
  process.kill(victim, "SIGKILL");
  const answers = await Promise.all(Array.from({ length: 20 }, () => fetch(`${server.url}/pid`)));
  assert.deepEqual(
    answers.map(({ status }) => status),
    Array(20).fill(200),
  );
  await replaced(server, victim);
  assert.equal(await server.stop(), 0);
  assert.ok(isAlive(child as number), "nobody has waited for the child");
  process.kill(child as number, "SIGKILL");
});

test("an answer that a worker has sent before it dies is not lost", async () => {
  const file = rowsFile();
  const server = await start("rows", { args: ["--workers", "2"], env: { ROWS: file.path } });
  // The rarer the deaths, the more requests have been sent to a worker that has just died.
  const clients = new RowClients(
    server.url,
    24,
    () => (Math.random() < 0.003 ? "0,die" : 0),
    15_000,
  );
  await clients.finished();
  assert.deepEqual(
    clients.outcomes.filter(({ status }) => status !== 200),
    [],
  );
  await server.stop();
  file.remove();
});
