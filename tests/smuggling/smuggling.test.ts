import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { getPythonApplication } from "quintet/python";
import { parseResponses } from "../../testing/http.ts";
import { listen } from "../../testing/listen.ts";
import { apps, python } from "../../testing/paths.ts";
import { type Running, start } from "../../testing/server.ts";
import { raw } from "../../testing/socket.ts";
import { folderWith } from "../../testing/temp.ts";
import type { Shape } from "./shape.ts";
import { shapes } from "./shapes.ts";
import { type Way, ways } from "./ways.ts";

// Each shape is sent to Quintet, and to a proxy that shares its connection to Quintet between clients. The application notes
// what it runs: never more than a strict reading gives, and the next client gets the answer to its own request.

/** A connection that is silent for this long is closed: its request waits for more data. */
const QUIET = 250;

interface Note {
  method: string;
  target: string;
  port: string;
}

const folder = folderWith({ notes: "" });
/** Without an incomplete last line. */
const notes = (): Note[] =>
  readFileSync(join(folder, "notes"), "utf8")
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Note);

const newMark = (): string => randomUUID().slice(0, 13);

/** The parts of these targets after the mark that the shape does not allow. */
function tooMuch(shape: Shape, mark: string, way: Way): string[] {
  const seen = notes().flatMap(({ target }) => target.split(`/${mark}/`)[1] ?? []);
  const often = seen.filter((each, index) => seen.indexOf(each) !== index);
  const parts = seen.filter(
    (each) =>
      (each.startsWith("hidden") && shape.runs !== "both" && !(way.shares && shape.proxy)) ||
      (each.startsWith("carrier") && shape.runs === "nothing"),
  );
  return [...often, ...parts];
}

/** The only response on its own connection. */
async function ask(port: number, target: string): Promise<string> {
  const connection = await raw(port);
  connection.write(`GET ${target} HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n`);
  const { text } = await connection.closed();
  const answers = parseResponses(text);
  assert.equal(answers.length, 1, text);
  return `${answers[0]?.status} ${answers[0]?.body}`;
}

/** Send a shape, then a request that closes the connection, with the next client's requests between the packets. */
async function strike(port: number, shape: Shape, mark: string): Promise<void> {
  const connection = await raw(port);
  connection.socket.setNoDelay();
  const packets = shape.bytes(mark);
  packets.push(
    `${packets.pop()}GET /${mark}/last HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n`,
  );
  for (const [index, packet] of packets.entries()) {
    if (index > 0) {
      const victim = `/${mark}/between-${index}`;
      assert.equal(await ask(port, victim), `200 GET ${victim}`);
    }
    connection.write(Buffer.from(packet, "latin1"));
  }
  await connection.closed(QUIET).catch(() => {});
  connection.destroy();
}

async function check(port: number, shape: Shape, mark: string, way: Way): Promise<void> {
  await strike(port, shape, mark);
  for (const victim of [`/${mark}/victim-1`, `/${mark}/victim-2`]) {
    assert.equal(await ask(port, victim), `200 GET ${victim}`, shape.name);
  }
  const victims = notes().filter(({ target }) => target.startsWith(`/${mark}/victim`));
  assert.equal(victims.length, 2);
  assert.deepEqual(tooMuch(shape, mark, way), [], shape.section);
}

type Served = Pick<Running, "port"> & { stop(): Promise<unknown> };

const env = { SEEN_FILE: join(folder, "notes") };

/** Starts `quintet` with these settings. */
const quintet = (...args: string[]): Promise<Served> => {
  const limits = ["--workers", "1", "--threads", "8", "--limit-request-body", "1m"];
  return start("marked", { args: [...limits, ...args], env });
};

/** A node:http server that passes everything on. */
async function program(): Promise<Served> {
  const application = getPythonApplication("marked", {
    project: apps,
    python,
    workers: 1,
    threads: 8,
    env: Object.entries(env).map((pair) => pair.join("=")),
    limitRequestBody: 1_000_000,
    logLevel: "error",
  });
  const { port, close } = await listen(application.handler);
  const stop = async (): Promise<void> => {
    await application.close();
    await close();
  };
  return { port, stop };
}

function suite(title: string, way: Way, serve: () => Promise<Served>): void {
  describe(title, { skip: way.skip }, () => {
    let server: Served;
    let place: { port: number; stop(): Promise<unknown> };
    const struck: [Shape, string][] = [];
    before(async () => {
      server = await serve();
      place = await way.start(server.port);
    });
    after(async () => {
      await place.stop();
      await server.stop();
    });

    if (way.shares) {
      test("clients behind the proxy share a connection", async () => {
        const mark = newMark();
        for (const each of ["1", "2", "3"]) await ask(place.port, `/${mark}/${each}`);
        const ports = notes().filter(({ target }) => target.includes(mark));
        assert.equal(ports.length, 3);
        assert.equal(new Set(ports.map(({ port }) => port)).size, 1);
      });
    }

    describe("each shape", { concurrency: way.shares ? 1 : 8 }, () => {
      for (const shape of shapes) {
        test(shape.name, async () => {
          const mark = newMark();
          struck.push([shape, mark]);
          await check(place.port, shape, mark, way);
        });
      }
    });

    test("none of it ran later", async () => {
      await server.stop();
      const late = struck.flatMap(([shape, mark]) => tooMuch(shape, mark, way));
      assert.deepEqual(late, []);
    });
  });
}

test("the list is long and has no duplicates", () => {
  assert.ok(shapes.length >= 150, `${shapes.length} shapes`);
  assert.equal(new Set(shapes.map(({ name }) => name)).size, shapes.length);
});

for (const way of ways) suite(way.name, way, quintet);
const [directly] = ways as [Way];
suite("directly, bodies as they come", directly, () => quintet("--request-buffering", "false"));
suite("a program's own server", directly, program);
