// A Node with file capabilities, as after `setcap cap_net_bind_service=+ep node`: other processes cannot open its descriptors.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  readdirSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { inCI } from "../../../testing/paths.ts";
import { hostEnvironment, wsgiPy } from "../../../testing/python-server.ts";
import { serve } from "../../../testing/serve.ts";
import { folderWith } from "../../../testing/temp.ts";
import { until } from "../../../testing/wait.ts";

const USER = 54321;

/** A copy of this Node that may listen on any port; null if it cannot be made here. */
function capableNode(): string | null {
  const node = join(folderWith(), "node");
  copyFileSync(process.execPath, node);
  chmodSync(join(node, ".."), 0o755);
  const { status } = spawnSync("setcap", ["cap_net_bind_service=+ep", node]);
  return status === 0 ? node : null;
}

const node = process.getuid?.() === 0 ? capableNode() : null;
const why =
  "root and setcap (libcap2-bin) are needed, and a temporary folder that takes capabilities";
assert.ok(node || !inCI, why);

/** Becomes that user, and runs the copy instead of the Node that follows. */
const by = [
  "sh",
  "-c",
  `shift; exec setpriv --reuid ${USER} --regid ${USER} --clear-groups "$0" "$@"`,
  node ?? "",
];

test(
  "long bodies are handed to workers by a Node with capabilities",
  { skip: node ? false : why },
  async (t) => {
    const tempDir = folderWith();
    chownSync(tempDir, USER, USER);
    // Files of a front that was killed, and of one that may only seem dead.
    for (const [name, hours] of [
      ["quintet-spool-4194303-1", 2],
      ["quintet-spool-4194303-2", 0],
      ["quintet-notes", 2],
    ] as const) {
      const file = join(tempDir, name);
      writeFileSync(file, "left");
      chownSync(file, USER, USER);
      const time = Date.now() / 1000 - hours * 3600;
      utimesSync(file, time, time);
    }
    const args = ["--python", "/usr/bin/python3", "--temp-dir", tempDir];
    const server = await serve(t, "uploads", { by, args, searchPython: true });
    await server.logged(
      ({ msg }) =>
        msg?.startsWith("this Node has capabilities that the workers do not have") === true,
    );
    const bodies = Array.from({ length: 4 }, (_, index) => randomBytes(400_000 + index));
    const answers = bodies.map(async (body) =>
      (await fetch(`${server.url}/digest?65536`, { method: "POST", body })).text(),
    );
    for (const [index, answer] of (await Promise.all(answers)).entries()) {
      const digest = createHash("sha256")
        .update(bodies[index] as Buffer)
        .digest("hex");
      assert.ok(answer.includes(digest), answer);
    }
    const left = (): string[] =>
      readdirSync(tempDir).filter((name) => !name.startsWith("quintet-compiled-"));
    await until(() => left().length === 2, "no file of a body is left");
    assert.deepEqual(left().toSorted(), ["quintet-notes", "quintet-spool-4194303-2"]);
  },
);

test(
  "and to Node by a Python process that has changed its user",
  { skip: process.getuid?.() === 0 ? false : why },
  () => {
    const cwd = folderWith({
      "wsgi.py": wsgiPy("wsgi.ts"),
      "wsgi.ts": `import { createHash } from "node:crypto";
export const application = (environ, startResponse) => {
  startResponse("200 OK", []);
  return [Buffer.from(createHash("sha256").update(environ["wsgi.input"].read()).digest("hex"))];
};
`,
      "package.json": '{"type": "module"}',
    });
    chmodSync(cwd, 0o755);
    const code = `
import hashlib, io, os, sys
os.setgid(${USER})
os.setuid(${USER})
import wsgi
body = os.urandom(400_000)
environ = {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": "400000", "wsgi.input": io.BytesIO(body), "wsgi.errors": sys.stderr}
answer = b"".join(wsgi.application(environ, lambda *_: None))
print(answer.decode() == hashlib.sha256(body).hexdigest() or answer)
`;
    const { stdout, stderr } = spawnSync("/usr/bin/python3", ["-c", code], {
      cwd,
      env: hostEnvironment(),
      encoding: "utf8",
    });
    assert.equal(stdout, "True\n", stderr);
  },
);
