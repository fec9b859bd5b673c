import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { runCommand } from "../../testing/command.ts";
import { serve } from "../../testing/serve.ts";
import type { LogLine, Running } from "../../testing/server.ts";
import { statusOf, untilAllReady } from "../../testing/status.ts";
import { warmed, type WarmupMode } from "../../testing/warmed.ts";

const BAD: [WarmupMode, RegExp][] = [
  ["raises", /GET \/ was answered 500\./],
  ["dies", /the worker ended \(exit status 7\) while it ran GET \/\./],
  ["hangs", /GET \/ has not ended within 4 s; the worker is replaced\./],
];

const ARGS = ["--workers", "2", "--warmup", "/", "--warmup", "/seen", "--boot-timeout", "4"];
const said = (server: Running, what: RegExp): LogLine[] =>
  server.log().filter(({ msg }) => what.test(msg ?? ""));

// Concurrent, because some take bootTimeout.
describe("outcomes", { concurrency: true }, () => {
  test("with warmupFailure stop, after a failed warm-up a reload changes nothing, and a start fails with the reason", async (t) => {
    const app = warmed("warms");
    const args = [...ARGS, "--warmup-failure", "stop"];
    const server = await serve(t, "warmed", { cwd: app.folder, env: app.env, args });
    for (const [mode, reason] of BAD) {
      app.becomes(mode);
      const [reload, start] = await Promise.all([
        runCommand(["reload", "--pid", String(server.pid)]),
        runCommand([...args, "--bind", "127.0.0.1:0", "warmed"], { cwd: app.folder, env: app.env }),
      ]);
      for (const { code, stderr } of [reload, start]) {
        assert.equal(code, 3, mode);
        assert.match(stderr, /QUINTET_WARMUP: /);
        assert.match(stderr, reason);
        assert.match(stderr, /Fix that page, or set warmupFailure to warn\./);
      }
      assert.equal((await fetch(server.url)).status, 200);
      assert.equal((await statusOf(server))?.fronts[0]?.generation, 1);
    }
    const hung = await server.logged(({ msg }) => /GET \/ has not ended/.test(msg ?? ""));
    assert.match(hung.detail ?? "", /in application/);
    const raised = await server.logged(({ msg }) => msg === "RuntimeError: the warmup raises");
    assert.match(raised.request ?? "", /^warmup-/);
    // A worker that is started later serves anyway.
    app.fails();
    await runCommand(["scale", "3", "--pid", String(server.pid)]);
    await untilAllReady(server);
    await server.logged(({ msg }) => msg === "RuntimeError: the warmup raises now");
    assert.equal((await fetch(`${server.url}/seen`)).status, 200);
  });

  for (const [mode, reason] of BAD) {
    test(`a warm-up that ${mode} is logged, and the workers serve`, async (t) => {
      const app = warmed(mode);
      const args = [...ARGS, "--warmup", "/missing"];
      const server = await serve(t, "warmed", { cwd: app.folder, env: app.env, args });
      await untilAllReady(server);
      // A fault of one page does not hide that of the next.
      await server.logged(({ msg }) => msg === "warmup: GET /missing was answered 404");
      const failure = await server.logged(({ msg }) => reason.test(msg ?? ""));
      assert.equal(failure.code, "QUINTET_WARMUP");
      assert.equal((await fetch(`${server.url}/seen`)).status, 200);
      app.becomes("warms");
      const reload = await runCommand(["reload", "--pid", String(server.pid)]);
      assert.equal(reload.code, 0, reload.stderr);
      assert.equal((await fetch(server.url)).status, 200);
      await server.stop();
      const leftOut = said(server, /^warmup: \/ is skipped by new workers until the next reload$/);
      assert.equal(leftOut.length, mode === "raises" ? 0 : 1);
      // Each of the two workers may have tried twice.
      const tries = said(server, /^warmup: .*(was answered 5|has not ended|the worker ended)/);
      assert.ok(tries.length <= 4, server.output());
    });
  }

  test("anything but a path or a URL is refused, and so is a warmupFailure other than warn and stop", async () => {
    for (const wrong of ["shop/", "ftp://shop.example/", "http://a b/", "/%00", "/#top", ""]) {
      const { code, stderr } = await runCommand(["--warmup", wrong, "warmed"]);
      assert.equal(code, 3, wrong);
      assert.match(
        stderr,
        /QUINTET_SETTING: --warmup: warmup is .*must be a path or a URL, such as/,
      );
    }
    const { stderr } = await runCommand(["--warmup-failure", "reload", "warmed"]);
    assert.match(stderr, /must be one of warn, stop/);
  });
});
