// What every command and every signal does: the same with a master, in Python, and without one, in Node.
import assert from "node:assert/strict";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { REPEATED_TERM_MS } from "../../src/master/control-table.ts";
import { barrier } from "../../testing/barrier.ts";
import { control } from "../../testing/command.ts";
import { controlled, editionModule, type Controlled, type Kind } from "../../testing/controlled.ts";
import { folderWith } from "../../testing/temp.ts";
import { until } from "../../testing/wait.ts";

/** How many workers of the application are ready. */
async function ready(of: Controlled): Promise<number> {
  const pools = (await of.status())?.fronts.flatMap((front) => front.pools) ?? [];
  return pools.flatMap(({ workers }) => workers).filter(({ state }) => state === "ready").length;
}

async function untilReady(of: Controlled, workers: number): Promise<void> {
  await until(async () => (await ready(of)) === workers, `${workers} workers are ready`);
}

/** A request that waits in the application. */
async function hanging(of: Controlled): Promise<{ open(): void; answer: Promise<number> }> {
  const held = barrier();
  const answer = fetch(`${of.server.url}/?${held.path}`).then(
    ({ status }) => status,
    () => 0,
  );
  await held.untilReached();
  return { open: held.open, answer };
}

const messages = ({ server }: Controlled, message: string): number =>
  server.log().filter(({ msg }) => msg === message).length;

const STOPPED = "nothing is done, because the server is being stopped";

/** Define the tests for one kind of server. */
export function testBehaviours(kind: Kind): void {
  test(`with ${kind}, status shows what runs`, async (t) => {
    const it = await controlled(t, kind);
    const status = await it.status();
    assert.ok(status);
    assert.equal(status.pid, it.server.pid);
    assert.equal(status.target, "app.ts");
    assert.equal(status.folder, it.folder);
    assert.deepEqual(status.bind, [it.server.url]);
    assert.equal(status.state, "running");
    const [front, ...others] = status.fronts;
    assert.deepEqual(others, []);
    assert.equal(front?.state, "running");
    assert.equal(front?.generation, 1);
    assert.equal(front?.target, "app.ts");
    assert.equal(front?.pools[0]?.wanted, 1);
    const { stdout } = await it.command("status");
    assert.match(stdout, new RegExp(`^${it.server.pid} app\\.ts in ${it.folder}\n  running, up `));
  });

  test(`with ${kind}, status shows the change under way`, async (t) => {
    const booting = barrier();
    const module = editionModule("first", booting, 1);
    const it = await controlled(t, kind, { module, silent: true });
    await booting.untilReached();
    const starting = await it.status();
    assert.deepEqual([starting?.state, starting?.fronts[0]?.state], ["starting", "booting"]);
    booting.open();
    await it.logs("listening on ");
    const held = barrier();
    it.write(editionModule("second", held));
    const reload = it.ask({ do: "reload" });
    await held.untilReached();
    const reloading = await it.status();
    assert.deepEqual([reloading?.state, reloading?.fronts[0]?.state], ["reloading", "reloading"]);
    held.open();
    await reload;
    const request = await hanging(it);
    assert.deepEqual(await it.ask({ do: "stop" }), { ok: {} });
    const stopping = await it.status();
    assert.deepEqual([stopping?.state, stopping?.fronts[0]?.state], ["stopping", "stopping"]);
    request.open();
    assert.equal(await it.server.ended, 0);
  });

  test(`with ${kind}, reload loads the code again`, async (t) => {
    const it = await controlled(t, kind);
    it.write(editionModule("second"));
    assert.equal(await it.says(), "first");
    const { code, stdout } = await it.command("reload");
    assert.equal(code, 0);
    assert.match(stdout, /^generation 2 of app\.ts in \S+ serves, after [\d.]+ s\n$/);
    assert.equal(await it.says(), "second");
    await it.logs("quintet reload: reloading");
    await it.logs("generation 2 serves, after ");
    assert.equal((await it.status())?.fronts[0]?.generation, 2);
  });

  test(`with ${kind}, a reload of code that does not boot changes nothing`, async (t) => {
    const it = await controlled(t, kind);
    it.write(`throw new Error("broken");\n${editionModule("")}`);
    const answer = await it.ask({ do: "reload" });
    const { code, message, detail } = answer.error as Record<string, string>;
    assert.match(code as string, /^QUINTET_/);
    assert.match(`${message}${detail}`, /broken/);
    const failed = await it.server.logged(
      ({ msg }) => msg?.startsWith("quintet reload: nothing was changed: ") === true,
    );
    assert.deepEqual([failed.level, failed.code], ["error", code]);
    assert.equal(await it.says(), "first");
    it.write(editionModule("third"));
    const { ok } = await it.ask({ do: "reload" });
    assert.equal((ok as { generation: number }).generation, 2);
  });

  test(`with ${kind}, reloads that are asked for during another are done once after it`, async (t) => {
    const it = await controlled(t, kind);
    const held = barrier();
    it.write(editionModule("second", held));
    const first = it.ask({ do: "reload" });
    await held.untilReached();
    it.write(editionModule("third"));
    const others = [it.ask({ do: "reload" }), it.ask({ do: "reload" })];
    const waits = "quintet reload: waits until the reload is over";
    await until(() => messages(it, waits) === 2, "both wait");
    held.open();
    const generations = (await Promise.all([first, ...others])).map(
      ({ ok }) => (ok as { generation: number }).generation,
    );
    assert.deepEqual(generations, [2, 3, 3]);
    assert.equal(await it.says(), "third");
  });

  test(`with ${kind}, HUP reloads, even if it arrives while the server starts`, async (t) => {
    const held = barrier();
    const module = editionModule("first", held, 1);
    const it = await controlled(t, kind, { module, silent: true });
    await held.untilReached();
    it.write(editionModule("second"));
    it.signal("SIGHUP");
    await it.logs("SIGHUP: waits until the start is over");
    held.open();
    await it.logs("generation 2 serves");
    assert.equal(await it.says(), "second");
    it.write(editionModule("third"));
    it.signal("SIGHUP");
    await it.logs("generation 3 serves");
    assert.equal(await it.says(), "third");
  });

  test(`with ${kind}, a changed file of touchReload reloads`, async (t) => {
    const it = await controlled(t, kind, { args: ["--touch-reload", "trigger"] });
    it.write(editionModule("second"));
    writeFileSync(join(it.folder, "trigger"), "");
    await it.logs(`${join(it.folder, "trigger")} has changed: reloading`);
    await it.logs("generation 2 serves");
    assert.equal(await it.says(), "second");
  });

  test(`with ${kind}, scale sets the number of workers until the next reload`, async (t) => {
    const it = await controlled(t, kind);
    assert.deepEqual(await it.ask({ do: "scale", workers: 3 }), { ok: { workers: 3 } });
    await untilReady(it, 3);
    await it.ask({ do: "reload" });
    await untilReady(it, 1);
  });

  test(`with ${kind}, scale during a reload also applies after it`, async (t) => {
    const it = await controlled(t, kind);
    const held = barrier();
    it.write(editionModule("second", held));
    const reload = it.ask({ do: "reload" });
    await held.untilReached();
    assert.deepEqual(await it.ask({ do: "scale", workers: 3 }), { ok: { workers: 3 } });
    held.open();
    await reload;
    await untilReady(it, 3);
    assert.equal(await it.says(), "second");
  });

  test(`with ${kind}, TTIN adds a worker, TTOU removes one, and one remains`, async (t) => {
    const it = await controlled(t, kind);
    for (const workers of [2, 3]) {
      it.signal("SIGTTIN");
      await untilReady(it, workers);
    }
    for (const workers of [2, 1, 1]) {
      it.signal("SIGTTOU");
      await untilReady(it, workers);
    }
    assert.equal(await it.says(), "first");
  });

  test(`with ${kind}, TTIN while the server starts counts once it serves`, async (t) => {
    const held = barrier();
    const module = editionModule("first", held, 1);
    const it = await controlled(t, kind, { module, silent: true });
    await held.untilReached();
    it.signal("SIGTTIN");
    held.open();
    await it.logs("listening on ");
    await untilReady(it, 2);
  });

  test(`with ${kind}, a number of workers that leaves none unreserved is refused`, async (t) => {
    const args = ["--workers", "2", "--keep-workers", "/healthz=1"];
    const it = await controlled(t, kind, { args });
    it.signal("SIGTTOU");
    await it.logs("SIGTTOU: nothing is done: ");
    const { error } = await it.ask({ do: "scale", workers: 1 });
    assert.equal((error as { code: string }).code, "QUINTET_SETTING");
    await it.logs("quintet scale: nothing is done: ");
    assert.equal(await ready(it), 2);
  });

  test(`with ${kind}, WINCH sends the workers away, and TTIN brings one back`, async (t) => {
    const it = await controlled(t, kind, { args: ["--workers", "2"] });
    it.signal("SIGWINCH");
    await untilReady(it, 0);
    const waiting = it.says();
    it.signal("SIGTTIN");
    assert.equal(await waiting, "first");
  });

  test(`with ${kind}, a log file that was moved away is reopened`, async (t) => {
    const log = join(folderWith(), "quintet.log");
    const it = await controlled(t, kind, { args: ["--log-file", log], silent: true });
    const logged = (text: string): boolean =>
      existsSync(log) && readFileSync(log, "utf8").includes(text);
    await until(() => logged("listening on "), "it listens");
    renameSync(log, `${log}.1`);
    // Without a master Node blocks the signal, and the file is looked at instead.
    it.signal("SIGUSR1");
    await until(async () => {
      await it.says();
      return logged('"access"');
    }, "requests are logged in a new file");
  });

  test(`with ${kind}, upgrade and USR2 ${kind === "a master" ? "start the version on disk" : "say that they take a master"}`, async (t) => {
    const it = await controlled(t, kind);
    const answer = await it.ask({ do: "upgrade" });
    if (kind === "a master") {
      assert.equal((answer.ok as { generation: number }).generation, 2);
      it.signal("SIGUSR2");
      await it.logs("SIGUSR2: starting the version that is on disk now");
    } else {
      const { code, message } = answer.error as Record<string, string>;
      assert.equal(code, "QUINTET_CONTROL");
      assert.equal(message, "This server has no master, so it cannot be upgraded.");
      it.signal("SIGUSR2");
      await it.logs("SIGUSR2: nothing is done: This server has no master");
    }
    assert.equal(await it.says(), "first");
  });

  for (const how of ["quintet stop", "SIGTERM", "SIGINT"]) {
    test(`with ${kind}, ${how} finishes running requests, and leaves no control socket`, async (t) => {
      const it = await controlled(t, kind);
      const request = await hanging(it);
      if (how === "quintet stop") assert.deepEqual(await it.ask({ do: "stop" }), { ok: {} });
      else it.signal(how);
      await it.logs(`${how}: finishing 1 running request, then stopping`);
      request.open();
      assert.equal(await request.answer, 200);
      assert.equal(await it.server.ended, 0);
      assert.equal(messages(it, "stopped"), 1);
      assert.ok(!existsSync(join(control, `${it.server.pid}.sock`)));
    });
  }

  test(`with ${kind}, a second INT stops at once, a second TERM within a second does not`, async (t) => {
    const it = await controlled(t, kind);
    await hanging(it);
    it.signal("SIGTERM");
    await it.logs("SIGTERM: finishing 1 running request");
    it.signal("SIGTERM");
    it.signal("SIGINT");
    assert.equal(await it.server.ended, 1);
    assert.equal(messages(it, "SIGTERM again: stopping at once"), 0);
    assert.equal(messages(it, "SIGINT again: stopping at once"), 1);
  });

  test(`with ${kind}, a TERM more than a second after the first stops at once`, async (t) => {
    const it = await controlled(t, kind);
    await hanging(it);
    it.signal("SIGTERM");
    await it.logs("SIGTERM: finishing 1 running request");
    await sleep(REPEATED_TERM_MS + 100);
    it.signal("SIGTERM");
    assert.equal(await it.server.ended, 1);
    assert.equal(messages(it, "SIGTERM again: stopping at once"), 1);
  });

  test(`with ${kind}, a second quintet stop stops at once`, async (t) => {
    const it = await controlled(t, kind);
    await hanging(it);
    await it.ask({ do: "stop" });
    await it.logs("quintet stop: finishing 1 running request");
    await it.ask({ do: "stop" }).catch(() => {}); // it may end before it answers
    assert.equal(await it.server.ended, 1);
    assert.equal(messages(it, "quintet stop again: stopping at once"), 1);
  });

  test(`with ${kind}, QUIT stops at once`, async (t) => {
    const it = await controlled(t, kind);
    const request = await hanging(it);
    it.signal("SIGQUIT");
    assert.equal(await it.server.ended, 1);
    assert.equal(await request.answer, 0);
    assert.equal(messages(it, "SIGQUIT: stopping at once"), 1);
  });

  test(`with ${kind}, TERM while the server starts stops it`, async (t) => {
    const held = barrier();
    const module = editionModule("first", held, 1);
    const it = await controlled(t, kind, { module, silent: true });
    await held.untilReached();
    it.signal("SIGTERM");
    assert.equal(await it.server.ended, 0);
    assert.equal(messages(it, "stopped"), 1);
  });

  test(`with ${kind}, TERM during a reload ends both`, async (t) => {
    const it = await controlled(t, kind);
    const held = barrier();
    it.write(editionModule("second", held));
    const reload = it.ask({ do: "reload" });
    await held.untilReached();
    it.signal("SIGTERM");
    assert.ok("error" in (await reload));
    assert.equal(await it.server.ended, 0);
  });

  test(`with ${kind}, a server that stops refuses everything but to stop`, async (t) => {
    const it = await controlled(t, kind);
    const request = await hanging(it);
    it.signal("SIGINT");
    await it.logs("SIGINT: finishing 1 running request");
    for (const question of [{ do: "reload" }, { do: "upgrade" }, { do: "scale", workers: 2 }]) {
      const { error } = await it.ask(question);
      const { code, message } = error as Record<string, string>;
      assert.deepEqual([code, message], ["QUINTET_CONTROL", "The server is being stopped."]);
      await it.logs(`quintet ${question.do}: ${STOPPED}`);
    }
    for (const signal of ["SIGHUP", "SIGUSR2", "SIGTTIN", "SIGTTOU", "SIGWINCH"]) {
      it.signal(signal);
      await it.logs(`${signal}: ${STOPPED}`);
    }
    request.open();
    assert.equal(await request.answer, 200);
    assert.equal(await it.server.ended, 0);
  });
}
