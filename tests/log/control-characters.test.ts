// Foreign text is shown and never interpreted, by a terminal or by a reader that splits lines.
import assert from "node:assert/strict";
import { chmodSync, chownSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { runCommand } from "../../testing/command.ts";
import { inCI } from "../../testing/paths.ts";
import { serve } from "../../testing/serve.ts";
import type { Running } from "../../testing/server.ts";
import { raw } from "../../testing/socket.ts";
import { folderWith } from "../../testing/temp.ts";
import { until } from "../../testing/wait.ts";

/** All but the line end: C0, DEL, C1, U+2028, U+2029 and characters that change the text direction. */
const CONTROL = /(?!\n)[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;

/** A text with one of each kind, and how it is shown. */
const EVIL = "a\u001b[31mb\u007fc\u009b2Jd\u202ee\u2028f\u2066g";
const SHOWN = "a\\x1b[31mb\\x7fc\\x9b2Jd\\u202ee\\u2028f\\u2066g";

const application = `
import sys
def application(environ, start_response):
    query = environ["QUERY_STRING"]
    if query == "print":
        print(environ["wsgi.input"].read().decode())
    if query == "errors":
        environ["wsgi.errors"].write(environ["wsgi.input"].read().decode() + "\\n")
    if query == "raise":
        raise ValueError(environ["wsgi.input"].read().decode())
    start_response("200 OK", [])
    return [b"done"]
`;

async function evil(
  t: TestContext,
  format: "text" | "json",
  args: string[] = [],
): Promise<Running> {
  const cwd = folderWith({ "evil.py": application });
  const server = await serve(t, "evil", {
    cwd,
    args: ["--log-format", format, ...args],
    silent: true,
  });
  await until(() => server.output().includes("listening on"), "it listens");
  return server;
}

/** Make it log everything that a client can make it log. */
async function attack({ url, port, output }: Running): Promise<void> {
  for (const what of ["print", "errors", "raise"])
    await (await fetch(`${url}/?${what}`, { method: "POST", body: EVIL })).text();
  // Bytes from 0x80 on are what they are in latin-1: 0x9b begins a command to a terminal, as ESC [ does.
  for (const request of [
    "GET /path\x9b2Jx?\x85y HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: evil\x9b2J.example\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nExpect: a\x9b2Jb\r\n\r\n",
    "G\x1b[2J / HTTP/1.1\r\nHost: a\r\n\r\n",
  ]) {
    const connection = await raw(port);
    connection.write(Buffer.from(request, "latin1"));
    const { text } = await connection.closed();
    assert.doesNotMatch(Buffer.from(text, "latin1").toString().replaceAll("\r\n", "\n"), CONTROL);
  }
  await until(() => output().includes("417"), "the last refusal is logged");
}

test("the log for people shows control characters of clients, in all that it logs", async (t) => {
  const server = await evil(t, "text");
  await attack(server);
  const output = server.output();
  assert.doesNotMatch(output, CONTROL);
  assert.equal(output.split(SHOWN).length, 3, "an error, and its traceback");
  // What an application prints is logged by the line, and U+2028 ends one to Node.
  const [printed = ""] = SHOWN.split("\\u2028");
  assert.equal(output.split(printed).length, 5, "printed, and to wsgi.errors");
  assert.match(output, /400 Bad Request: Host is "evil\\x9b2J\.example"/);
  assert.match(output, /417 Expectation Failed: Expect is "a\\x9b2Jb"/);
});

test("the log for programs has them escaped, and means the same", async (t) => {
  const server = await evil(t, "json");
  await attack(server);
  assert.doesNotMatch(server.output(), CONTROL);
  assert.ok(server.log().some(({ msg }) => msg === `ValueError: ${EVIL}`));
});

test("a message of several lines cannot be mistaken for several log lines", async (t) => {
  const forged = "00:00:00.000 error forged";
  const server = await evil(t, "text");
  await fetch(`${server.url}/?raise`, { method: "POST", body: `a\n${forged}` });
  await until(() => server.output().includes("forged"), "it is logged");
  assert.ok(server.output().includes(`\n    ${forged}`));
  assert.ok(!server.output().includes(`\n${forged}`));
});

for (const format of ["text", "json"] as const) {
  test(`the master escapes them as well: ${format}`, async (t) => {
    const file = join(folderWith(), EVIL);
    const server = await evil(t, format, ["--touch-reload", file]);
    writeFileSync(file, "");
    await until(() => server.output().includes("has changed: reloading"), "the reload");
    assert.doesNotMatch(server.output(), CONTROL);
    if (format === "text") assert.ok(server.output().includes(`${SHOWN} has changed`));
  });
}

/** A server that answers any question. */
async function impostor(t: TestContext, folder: string, answer: object): Promise<Server> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", () => socket.end(`${JSON.stringify(answer)}\n`));
  });
  await new Promise<void>((resolve) => server.listen(join(folder, "1.sock"), resolve));
  t.after(() => server.close());
  return server;
}

const COMMANDS = [["status"], ["reload"], ["upgrade"], ["stop"], ["scale", "2"]];

test("a server's answer is escaped before it is shown", async (t) => {
  const folder = folderWith();
  const status = {
    pid: 4_194_303,
    target: EVIL,
    folder: EVIL,
    bind: [EVIL],
    state: EVIL,
    uptime: 1,
    fronts: [],
  };
  await impostor(t, folder, { ok: status });
  const broken = folderWith();
  const error = { code: EVIL, message: EVIL, detail: `${EVIL}\n${EVIL}`, advice: EVIL };
  await impostor(t, broken, { error });
  for (const control of [folder, broken]) {
    for (const args of COMMANDS) {
      const { stdout, stderr } = await runCommand([...args, "--control", control]);
      assert.doesNotMatch(stdout + stderr, CONTROL, args.join(" "));
    }
  }
  const { stdout } = await runCommand(["status", "--control", folder]);
  assert.ok(stdout.includes(SHOWN));
});

/** Why tests that need another user are skipped; false if they run, as always in CI. */
const skip: false | string =
  process.getuid?.() === 0 ? false : "only root can give a folder away: run as root";
if (skip && inCI) throw new Error(skip);

test(
  "no command trusts a folder of control sockets that is not this user's alone",
  { skip },
  async (t) => {
    const base = folderWith();
    const make = (name: string): string => {
      const folder = join(base, name);
      mkdirSync(folder, { mode: 0o700 });
      return folder;
    };
    const strangers = make("strangers");
    await impostor(t, strangers, { ok: {} });
    chownSync(strangers, 54321, 54321);
    const open = make("open");
    await impostor(t, open, { ok: {} });
    chmodSync(open, 0o777);
    const groups = make("groups");
    await impostor(t, groups, { ok: {} });
    chmodSync(groups, 0o770);
    const link = join(base, "link");
    symlinkSync(strangers, link);
    for (const [folder, why] of [
      [strangers, /it belongs to another user/],
      [open, /other users may write to it/],
      [groups, /other users may write to it/],
      [link, /it is not a folder/],
    ] as const) {
      for (const args of COMMANDS) {
        const { code, stderr } = await runCommand([...args, "--control", folder]);
        assert.equal(code, 3, `${args.join(" ")}: ${stderr}`);
        assert.match(stderr, /QUINTET_CONTROL: Cannot use the control sockets in .*: /);
        assert.match(stderr, why);
      }
    }
  },
);
