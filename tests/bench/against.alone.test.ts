import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { copyWorkingTree } from "../../bench/against/copies.ts";
import { inCI, root } from "../../testing/paths.ts";
import { folderWith } from "../../testing/temp.ts";
import { until } from "../../testing/wait.ts";

const missing = spawnSync("wrk", ["--version"]).error !== undefined;
const skip = missing && !inCI ? "wrk is not installed (apt-get install wrk)" : false;

/** The shortest possible turns. */
const short = ["--turn", "0.1", "--warmup", "0.1", "--seconds-total", "1"];

/** A separate repository with one commit: the current working tree. */
const clone = join(folderWith(), "clone");
/** Where the runs write. */
const temp = folderWith();

function git(...args: string[]): string {
  const identity = ["-c", "user.name=test", "-c", "user.email=test@example.com"];
  const done = spawnSync("git", [...identity, ...args], { cwd: clone, encoding: "utf8" });
  assert.equal(done.status, 0, done.stderr);
  return done.stdout;
}

function run(args: string[], env: NodeJS.ProcessEnv = {}): Run {
  const child = spawn(process.execPath, ["bench/against/run.ts", ...args], {
    cwd: clone,
    env: { ...process.env, TMPDIR: temp, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const seen: Run = { child, stdout: "", stderr: "", ended: Promise.resolve(null) };
  child.stdout.on("data", (chunk) => (seen.stdout += chunk));
  child.stderr.on("data", (chunk) => (seen.stderr += chunk));
  seen.ended = new Promise((resolve) => child.on("close", resolve));
  return seen;
}

interface Run {
  child: ChildProcess;
  stdout: string;
  stderr: string;
  /** Its exit status. */
  ended: Promise<number | null>;
}

/** The command lines of processes that mention the folder of the runs. */
function processes(): string[] {
  return readdirSync("/proc").flatMap((name) => {
    try {
      const line = /^\d+$/.test(name) ? readFileSync(`/proc/${name}/cmdline`, "utf8") : "";
      return line.includes(temp) ? [line.replaceAll("\0", " ")] : [];
    } catch {
      return []; // it has just ended
    }
  });
}

function assertNothingIsLeft(): void {
  assert.deepEqual(readdirSync(temp), []);
  assert.deepEqual(processes(), []);
  assert.equal(git("status", "--porcelain"), "");
  assert.equal(git("worktree", "list").trim().split("\n").length, 1);
}

describe("bench:against", { skip }, () => {
  before(() => {
    mkdirSync(clone);
    copyWorkingTree(clone);
    symlinkSync(join(root, ".venv"), join(clone, ".venv"));
    git("init", "--quiet", "--initial-branch", "main");
    writeFileSync(join(clone, ".git", "info", "exclude"), "node_modules\n.venv\n");
    git("add", "--all");
    git("commit", "--quiet", "--message", "all of it");
  });

  test("prints a ratio for each workload and figure", async () => {
    const all = ["--workloads", "hello,django,post,static,start"];
    const done = run(["HEAD", "--pairs", "1", ...all, ...short]);
    assert.equal(await done.ended, 0, done.stderr);
    const [, , ...parts] = done.stdout.split("\n\n");
    for (const name of ["hello", "django", "post", "static"]) {
      const part = parts.find((each) => each.startsWith(`${name}: `)) ?? "";
      for (const title of ["requests/s", "CPU µs/request", "p50 ms", "p99 ms"]) {
        const line = part.split("\n").find((each) => each.startsWith(title)) ?? "";
        // Two pairs are too few for an interval.
        assert.match(line, /[\d,.]+ +[\d,.]+ +\d+\.\d{3} +too few pairs +cannot tell$/, part);
      }
    }
    assert.match(done.stdout, /^start: .*\nstart ms +[\d,]+ +[\d,]+ +\d+\.\d{3} /m);
    assert.match(done.stdout, /^head: the working tree, without changes since /m);
    assertNothingIsLeft();
  });

  test("leaves nothing behind when it is interrupted", async () => {
    for (const at of [/^head: /m, /^round 1 .*hello/m]) {
      const interrupted = run(["HEAD", ...short]);
      await until(() => at.test(interrupted.stderr), `it is at ${at}`);
      interrupted.child.kill("SIGINT");
      assert.equal(await interrupted.ended, 1);
      assert.equal(interrupted.stdout, "");
      assert.doesNotMatch(interrupted.stderr, /error/i);
      assertNothingIsLeft();
    }
  });

  test("--check exits with 1 when the working tree is slower, and says where", async () => {
    const file = join(clone, "python", "quintet", "worker.py");
    const original = readFileSync(file, "utf8");
    const begin = '    """Run one request."""\n';
    assert.ok(original.includes(begin));
    writeFileSync(file, original.replace(begin, `${begin}    import time\n    time.sleep(0.02)\n`));
    try {
      // Few connections leave few requests to be finished after each turn.
      const few = ["--pairs", "4", "--workloads", "hello", "--connections", "4"];
      const slow = run(["HEAD", "--check", ...few, ...short]);
      assert.equal(await slow.ended, 1, slow.stderr);
      assert.match(slow.stdout, /^head: .* with 1 uncommitted change since /m);
      assert.match(slow.stdout, /^requests\/s .* slower$/m);
      assert.match(slow.stdout, /^SLOWER: hello requests\/s/m);
    } finally {
      writeFileSync(file, original);
    }
    assertNothingIsLeft();
  });

  test("says what is wrong", async () => {
    const unknown = run(["no-such-thing"]);
    assert.equal(await unknown.ended, 1);
    assert.match(unknown.stderr, /^git knows no commit "no-such-thing"/m);

    const none = run([]);
    assert.equal(await none.ended, 1);
    assert.match(none.stderr, /^expected one revision/);

    const noWrk = run(["HEAD"], { PATH: folderWith() });
    assert.equal(await noWrk.ended, 1);
    assert.match(noWrk.stderr, /apt-get install wrk/);

    git("checkout", "--quiet", "--orphan", "old");
    git("rm", "--quiet", "--cached", "-r", "bin");
    git("commit", "--quiet", "--message", "before the command");
    const [old] = git("rev-parse", "HEAD").split("\n");
    git("checkout", "--quiet", "--force", "main");
    const tooOld = run([old as string]);
    assert.equal(await tooOld.ended, 1);
    assert.match(tooOld.stderr, /before the command is too old: it has no bin\/quintet\.js/);
    assertNothingIsLeft();
  });
});
