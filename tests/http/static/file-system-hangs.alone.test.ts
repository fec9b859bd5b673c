// A file system that does not answer, like a network mount whose server is gone. It blocks only requests for its files.
import assert from "node:assert/strict";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { suite, type TestContext, test } from "node:test";
import { measured } from "../../../testing/control.ts";
import { parseResponses } from "../../../testing/http.ts";
import { site } from "../../../testing/paths.ts";
import { serve } from "../../../testing/serve.ts";
import type { Running } from "../../../testing/server.ts";
import { raw, type RawConnection } from "../../../testing/socket.ts";
import { noStalls, stallingFolder, type Stalling } from "../../../testing/stalls.ts";
import { folderWith } from "../../../testing/temp.ts";
import { until } from "../../../testing/wait.ts";

/** After how many milliseconds a file system is given up, and how long other responses may take. */
const LATE = 10_000;
const SOON = 1000;
/** More than there are threads. */
const MANY = 40;

const big = "0123456789abcdef".repeat(64 * 1024);
/** More than the buffers between a file and a client that does not read. */
const huge = big.repeat(30);

interface Served {
  server: Running;
  mount: Stalling;
}

/** A site whose media files are on such a file system. */
async function served(t: TestContext): Promise<Served> {
  const mount = await stallingFolder(t, { "a.txt": "media", "big.txt": big, "huge.txt": huge });
  const root = folderWith({ "static/a.txt": "static", "static/big.txt": big });
  symlinkSync(mount.folder, join(root, "media"));
  const server = await serve(t, "tiny.wsgi", {
    cwd: site,
    env: { SITE_ROOT: root },
    args: ["--body-memory", "1000"],
  });
  return { server, mount };
}

async function ask(server: Running, path: string): Promise<RawConnection> {
  const client = await raw(server.port);
  client.write(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
  return client;
}

/** Static files, uploads to temporary files and views are answered as usual. */
async function goesOn({ url }: Running): Promise<void> {
  const { took, allow } = await measured(async () => {
    for (let count = 0; count < 20; count += 1) {
      const responses = await Promise.all([
        fetch(`${url}/static/a.txt`),
        fetch(`${url}/static/big.txt`),
        fetch(`${url}/`),
        fetch(`${url}/echo`, { method: "POST", body: big }),
      ]);
      const [small, large, , echo] = await Promise.all(responses.map((each) => each.text()));
      assert.equal(small, "static");
      assert.equal(large, big);
      assert.equal(echo, big);
    }
  });
  assert.ok(took < allow(20 * SOON), `${took} ms`);
}

test(
  "a folder that is slow answers every request, and others do not wait for it",
  { skip: noStalls },
  async (t) => {
    const { server, mount } = await served(t);
    mount.slow();
    let left = 150;
    const slow = Array.from({ length: left }, async () => {
      const client = await ask(server, "/media/a.txt");
      const { text } = await client.closed();
      left -= 1;
      return parseResponses(text)[0]?.body;
    });
    const { took, allow } = await measured(async () => {
      for (let count = 0; count < 10; count += 1) {
        assert.equal(await (await fetch(`${server.url}/static/a.txt`)).text(), "static");
      }
    });
    assert.ok(left > 0, "they still wait");
    assert.ok(took < allow(10 * 300), `${took} ms`);
    for (const body of await Promise.all(slow)) assert.equal(body, "media");
    mount.go();
  },
);

// Concurrently, because each of them waits until its file system is given up.
suite("file systems that hang", { skip: noStalls, concurrency: true }, () => {
  test("requests for a folder that hangs get 503 in time, and other requests do not wait for it", async (t) => {
    const { server, mount } = await served(t);
    assert.equal(await (await fetch(`${server.url}/media/a.txt`)).text(), "media");
    assert.equal(await (await fetch(`${server.url}/media/big.txt`)).text(), big);
    mount.stall();
    const { took, allow } = await measured(async () => {
      const hanging = await Promise.all(
        Array.from({ length: MANY }, () => ask(server, "/media/a.txt")),
      );
      await until(() => mount.stalled().length > 1, "the file system is asked");
      await goesOn(server);
      for (const client of hanging) {
        const [response] = parseResponses((await client.closed()).text);
        assert.equal(response?.status, 503);
        assert.match(response.body, /QUINTET_FILE_UNAVAILABLE/);
        assert.equal(response.headers["retry-after"], "1");
      }
    });
    assert.ok(took >= LATE && took <= allow(LATE + 20 * SOON), `${took} ms`);
    // A request that comes now gets the error at once.
    const soon = await measured(() => fetch(`${server.url}/media/a.txt`));
    assert.equal(soon.result.status, 503);
    assert.ok(soon.took < soon.allow(SOON), `${soon.took} ms`);
    const lines = server.log().filter(({ code }) => code === "QUINTET_FILE_UNAVAILABLE");
    assert.ok(lines.length > 0 && lines.length < 5, `${lines.length} lines for ${MANY} requests`);
    assert.match(lines[0]?.msg ?? "", /the file system of .*media does not answer/);
    mount.go();
    await until(
      async () => (await fetch(`${server.url}/media/a.txt`)).status === 200,
      "it is served again",
    );
    await goesOn(server);
  });

  test("if several file systems hang, files on others are served", async (t) => {
    const mounts = await Promise.all(
      ["static", "media"].map((name) => stallingFolder(t, { "a.txt": name })),
    );
    const root = folderWith({ "download.txt": "download" });
    symlinkSync(mounts[0]?.folder as string, join(root, "static"));
    symlinkSync(mounts[1]?.folder as string, join(root, "media"));
    const server = await serve(t, "tiny.wsgi", {
      cwd: site,
      env: { SITE_ROOT: root, TRANSFER_FILE: join(root, "download.txt") },
      args: ["--body-memory", "1000"],
    });
    for (const mount of mounts) mount.stall();
    const paths = ["/static/a.txt", "/media/a.txt"];
    const hanging = await Promise.all(
      Array.from({ length: MANY }, (_, index) => ask(server, paths[index % 2] as string)),
    );
    for (const mount of mounts) await until(() => mount.stalled().length > 0, "it is asked");
    const { took, allow } = await measured(async () => {
      for (let count = 0; count < 20; count += 1) {
        // Through wsgi.file_wrapper.
        assert.equal(await (await fetch(`${server.url}/download`)).text(), "download");
        const echo = await fetch(`${server.url}/echo`, { method: "POST", body: big });
        assert.equal(await echo.text(), big);
      }
    });
    assert.ok(took < allow(20 * SOON), `${took} ms`);
    mounts[0]?.go();
    await until(
      async () => (await fetch(`${server.url}/static/a.txt`)).status === 200,
      "one of them is served again",
    );
    for (const client of hanging) {
      const [response] = parseResponses((await client.closed()).text);
      assert.ok([200, 503].includes(response?.status as number));
    }
    mounts[1]?.go();
  });

  test("a file whose reading hangs after the head is cut short, and its resources are freed", async (t) => {
    const { server, mount } = await served(t);
    const client = await raw(server.port);
    client.write("GET /media/huge.txt HTTP/1.1\r\nHost: a\r\n\r\n");
    // The client stops reading, so most of the file has not been read when the file system stalls.
    await client.receives("\r\n\r\n");
    client.socket.pause();
    mount.stall();
    await goesOn(server);
    client.socket.resume();
    const { text } = await client.closed();
    assert.ok(text.length < huge.length);
    assert.match(text, /^HTTP\/1\.1 200/);
    mount.go();
    assert.equal(await (await fetch(`${server.url}/media/big.txt`)).text(), big);
  });

  test("a file that a worker names there and that hangs holds up no other", async (t) => {
    const mount = await stallingFolder(t, { "a.txt": huge });
    const folder = folderWith({ "a.txt": "other" });
    const server = await serve(t, "files", { args: ["--workers", "4"] });
    const path = join(mount.folder, "a.txt");
    assert.equal(await (await fetch(`${server.url}/plain?${path}`)).text(), huge);
    const client = await raw(server.port);
    client.write(`GET /plain?${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
    await client.receives("\r\n\r\n");
    client.socket.pause();
    mount.stall();
    client.socket.resume();
    await until(() => mount.stalled().includes("read"), "it is read");
    for (let count = 0; count < 20; count += 1) {
      const other = await fetch(`${server.url}/plain?${join(folder, "a.txt")}`);
      assert.equal(await other.text(), "other");
    }
    const { text } = await client.closed();
    assert.ok(text.length < huge.length);
    const line = await server.logged((each) => each.access?.cut !== undefined);
    assert.match(line.access?.cut ?? "", /does not answer/);
    mount.go();
  });

  test("a server stops although a file system hangs", async (t) => {
    const { server, mount } = await served(t);
    mount.stall();
    const clients = await Promise.all(Array.from({ length: 3 }, () => ask(server, "/media/a.txt")));
    await until(() => mount.stalled().length > 0, "the file system is asked");
    const { took, allow } = await measured(() => server.stop());
    assert.ok(took < allow(LATE + 5 * SOON), `${took} ms`);
    for (const client of clients) await client.closed();
  });

  test("a hanging temporary folder delays uploads that need a file, and nothing else", async (t) => {
    const mount = await stallingFolder(t, {});
    const root = folderWith({ "static/a.txt": "static", "static/big.txt": big });
    const server = await serve(t, "tiny.wsgi", {
      cwd: site,
      env: { SITE_ROOT: root },
      args: ["--body-memory", "1000", "--temp-dir", mount.folder],
    });
    mount.stall();
    const upload = async (): Promise<string> =>
      (await fetch(`${server.url}/echo`, { method: "POST", body: big })).text();
    const { took, allow } = await measured(async () => {
      const uploads = Array.from({ length: 10 }, upload);
      await until(() => mount.stalled().length > 0, "the file system is asked");
      for (let count = 0; count < 20; count += 1) {
        assert.equal(await (await fetch(`${server.url}/static/a.txt`)).text(), "static");
        assert.equal(await (await fetch(`${server.url}/static/big.txt`)).text(), big);
        assert.equal((await fetch(`${server.url}/`)).status, 200);
      }
      // They fit in memory.
      for (const echo of await Promise.all(uploads)) assert.equal(echo, big);
    });
    assert.ok(took >= LATE && took < allow(LATE + 20 * SOON), `${took} ms`);
    await server.logged(({ msg = "" }) => msg.includes("no temporary file for it"));
    const soon = await measured(upload);
    assert.equal(soon.result, big);
    assert.ok(soon.took < soon.allow(3 * SOON), `${soon.took} ms`);
    mount.go();
  });
});
