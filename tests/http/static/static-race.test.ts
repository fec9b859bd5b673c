// Someone who may write to a served folder can change a name at any time. The server sends the file that it has looked up once.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Pool } from "undici";
import { site } from "../../../testing/paths.ts";
import { noDisk } from "../../../testing/disk.ts";
import { serve, startSite } from "../../../testing/serve.ts";
import type { Running } from "../../../testing/server.ts";
import { type Swaps, swaps } from "../../../testing/swaps.ts";
import { folderWith } from "../../../testing/temp.ts";

const REQUESTS = 2000;
/** Until both the file and the other thing have been found. */
const REQUESTS_AT_MOST = 50_000;
const AT_ONCE = 16;

const root = folderWith({
  "outside.txt": "secret",
  "media/good.txt": "good",
  "static/good.txt": "good",
  "inside.txt": "good",
});
execFileSync("mkfifo", [join(root, "fifo")]);
// Only root can make a device. Other users have a link to one.
const device = process.getuid?.() === 0 ? ["device"] : [];
if (device.length > 0) execFileSync("mknod", [join(root, "device"), "c", "1", "5"]);
symlinkSync("/dev/zero", join(root, "link to a device"));

let server: Running;
before(async () => {
  server = await startSite(root);
});
after(async () => {
  await server.stop();
});

/** Requests a file again and again, several times at once, and counts the responses. */
async function asked(client: Pool, path: string): Promise<Map<string, number>> {
  const seen = new Map<string, number>();
  let count = 0;
  const isEnough = (): boolean => count >= REQUESTS && (seen.size > 1 || count >= REQUESTS_AT_MOST);
  const each = async (): Promise<void> => {
    for (; !isEnough(); count += 1) {
      const { statusCode, body } = await client.request({ path, method: "GET" });
      const answer = `${statusCode} ${(await body.text()).trim()}`;
      seen.set(answer, (seen.get(answer) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, each));
  return seen;
}

const NONE = "404 from the application";

/** A name that alternates gives the file or 404, and other requests do not hang. */
async function alternates(server: Running, where: string, kinds: string[]): Promise<void> {
  const client = new Pool(server.url, { connections: AT_ONCE });
  const path = join(root, where, "name.txt");
  const swapping: Swaps = await swaps(path, kinds);
  const from = swapping.count();
  try {
    const seen = await asked(client, `/${where}/name.txt`);
    assert.ok(swapping.count() - from > 100, "it alternated meanwhile");
    assert.deepEqual([...seen.keys()].toSorted(), ["200 good", NONE]);
    assert.equal(await (await fetch(`${server.url}/${where}/good.txt`)).text(), "good");
  } finally {
    await client.close();
    await swapping.stop();
    execFileSync("rm", ["-rf", path, `${path}.next`]);
  }
}

for (const [where, kinds] of [
  ["media", ["inside.txt", "link out"]],
  ["media", ["inside.txt", "fifo"]],
  ["media", ["inside.txt", "folder"]],
  ["media", ["inside.txt", "link to a device", ...device]],
  ["media", ["inside.txt", "circle"]],
  ["media", ["inside.txt", "link out", "fifo", "circle", "folder", ...device]],
  ["static", ["inside.txt", "fifo"]],
  ["static", ["inside.txt", "folder", "link to a device", ...device]],
] as const) {
  test(`${where}: a name that alternates between ${kinds.join(", ")} gives a file or none`, () =>
    alternates(server, where, [...kinds]));
}

test("the same holds without /proc", { skip: noDisk }, async (t) => {
  const without = 'mount -t tmpfs none /proc && exec "$@"';
  const by = ["unshare", "--mount", "sh", "-c", without, "sh"];
  const other = await serve(t, "tiny.wsgi", { cwd: site, env: { SITE_ROOT: root }, by });
  await alternates(other, "media", ["inside.txt", "link out", "fifo", "circle", "folder"]);
});
