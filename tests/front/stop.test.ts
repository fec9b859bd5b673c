import assert from "node:assert/strict";
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { start } from "../support/server.ts";
import { folderWith } from "../support/temp.ts";

for (const [what, path, length] of [
  ["a stream", "/350000?65536", 350_000],
  ["an answer in one piece", "/60000?60000", 60_000],
] as const) {
  test(`a client that still reads ${what} when the server is told to stop gets all of it`, async () => {
    // On a unix socket the kernel takes little of it, so that the server has the rest.
    const socketPath = join(folderWith(), "socket");
    const server = await start("bulk", { args: ["--bind", `unix:${socketPath}`] });
    const asking = Array.from({ length: 5 }, async () => {
      const [response] = (await once(request({ socketPath, path }).end(), "response")) as [
        IncomingMessage,
      ];
      response.pause();
      return response;
    });
    const responses = await Promise.all(asking);
    await sleep(300);
    server.child.kill("SIGTERM");
    await sleep(700);
    for (const response of responses) {
      let received = 0;
      for await (const chunk of response as AsyncIterable<Buffer>) received += chunk.length;
      assert.equal(received, length);
    }
    assert.equal(await server.ended, 0);
  });
}
