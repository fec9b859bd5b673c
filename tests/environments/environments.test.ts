// The cache of virtual environments, which all checkouts and all runs share.
import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { python, root } from "../../testing/paths.ts";
import { folderWith } from "../../testing/temp.ts";
import { PATIENCE, until } from "../../testing/wait.ts";
import { type Tiny, tiny } from "./tiny.ts";

/** Milliseconds to create a virtual environment; Python unpacks all of pip. */
const MAKING = 4 * PATIENCE;

interface Run {
  child: ChildProcess;
  /** Its progress output. */
  said(): string;
  /** The folder it prints; empty if it failed or was killed. */
  folder: Promise<string>;
}

/** Runs environment() with a private cache. */
function ask(cache: string, requirements: Tiny[], more: Tiny[] = []): Run {
  const lines = (all: Tiny[]): string[] => all.map(({ requirement }) => requirement);
  const wanted = { what: "Installing tiny", requirements: lines(requirements), more: lines(more) };
  const args = [join(root, "testing", "environments.py"), cache, JSON.stringify(wanted)];
  const env = { ...process.env, PIP_NO_INDEX: "1" };
  const child = spawn(python, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  let folder = "";
  let said = "";
  child.stdout.on("data", (chunk) => (folder += chunk));
  child.stderr.on("data", (chunk) => (said += chunk));
  const ended = new Promise((resolve) => child.on("close", resolve));
  return { child, said: () => said, folder: ended.then(() => folder.trim()) };
}

/** Throws unless the environment has the module. */
function imports(folder: string, name: string): void {
  execFileSync(join(folder, "bin", "python"), ["-c", `import ${name}`]);
}

const isMade = /✓ Installing tiny/;
const waits = /another run is doing that/;

test("of two processes that ask for an environment at once, one makes it and the other waits for it", async () => {
  const cache = join(folderWith(), "cache");
  const one = tiny("one");
  const first = ask(cache, [one]);
  await until(() => one.builds() === 1, "pip is at it", MAKING);
  const second = ask(cache, [one]);
  await until(() => waits.test(second.said()), "the second one says that it waits");
  one.release();
  const folder = await first.folder;
  assert.match(first.said(), isMade);
  imports(folder, "one");
  assert.equal(await second.folder, folder);
  assert.doesNotMatch(second.said(), isMade);

  const third = ask(cache, [one]);
  assert.equal(await third.folder, folder);
  assert.equal(third.said(), "");
  assert.equal(one.builds(), 1);
  assert.equal(statSync(cache).mode & 0o777, 0o755, "other users can read it");

  // Additional requirements are added to the existing environment, once.
  const made = statSync(join(folder, "pyvenv.cfg")).mtimeMs;
  const two = tiny("two");
  two.release();
  assert.equal(await ask(cache, [one], [two]).folder, folder);
  imports(folder, "two");
  assert.equal(await ask(cache, [one], [two]).folder, folder);
  assert.equal(two.builds(), 1);
  assert.equal(statSync(join(folder, "pyvenv.cfg")).mtimeMs, made);

  // Only what has not been used for a month is removed.
  const old = join(cache, "python3.9-old");
  mkdirSync(old);
  mkdirSync(`${cache}/pip-old`);
  writeFileSync(`${old}.lock`, "");
  const longAgo = Date.now() / 1000 - 31 * 24 * 60 * 60;
  for (const path of [`${old}.lock`, `${cache}/pip-old`]) utimesSync(path, longAgo, longAgo);
  utimesSync(join(folder, "quintet-stamp"), longAgo, longAgo);
  assert.equal(await ask(cache, [one]).folder, folder);
  for (const path of [old, `${old}.lock`, `${cache}/pip-old`]) assert.ok(!existsSync(path), path);
  imports(folder, "one");
});

test("an environment that a killed process has left incomplete is rebuilt once nobody writes to it any more", async () => {
  const cache = folderWith();
  const one = tiny("one");
  const killed = ask(cache, [one]);
  await until(() => one.builds() === 1, "pip is at it", MAKING);
  killed.child.kill("SIGKILL");
  // Its pip is still running and writing.
  const next = ask(cache, [one]);
  await until(() => waits.test(next.said()), "the next one waits for that");
  assert.equal(one.builds(), 1);
  one.release();
  assert.equal(await killed.folder, "");
  const folder = await next.folder;
  assert.match(next.said(), isMade);
  assert.equal(one.builds(), 2);
  imports(folder, "one");
});
