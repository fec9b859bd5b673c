import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { pythonClient } from "../../testing/python-client.ts";
import { openTransfers, type Transfers, views } from "../../testing/transfers.ts";

let transfers: Transfers;
before(async () => {
  transfers = await openTransfers();
});
after(async () => {
  await transfers.server.stop();
});

const addresses = (): string[] => [String(transfers.server.port), transfers.socket];

test("http.client moves 100 MB both ways on one connection that stays", async () => {
  for (const address of addresses()) {
    const gets = (address === transfers.socket ? views.slice(0, 2) : views).map(
      (view) => `get:${view}`,
    );
    const steps = ["chunked:/digest", ...gets, "put:/digest"];
    const { saw, connections } = await pythonClient(address, transfers.file, ...steps);
    assert.deepEqual(saw, Array(steps.length).fill(transfers.answer), address);
    assert.equal(connections, 1);
  }
});

test("http.client moves 100 MB at 25 MB/s, in small reads and with pauses", async () => {
  const steps = ["get@25000000:/stream", "put@25000000:/digest"];
  const runs = addresses().flatMap((address) =>
    steps.map((step) => pythonClient(address, transfers.file, step)),
  );
  for (const { saw } of await Promise.all(runs)) assert.deepEqual(saw, [transfers.answer]);
});

test("http.client moves 100 MB through the smallest buffers that the system gives", async () => {
  const [port, socket] = addresses() as [string, string];
  for (const args of [
    [port, transfers.file, "get:/sized", "chunked:/digest"],
    [socket, transfers.file, "get:/stream"],
  ]) {
    const { saw } = await pythonClient("--window", ...args);
    assert.deepEqual(saw, Array(args.length - 2).fill(transfers.answer));
  }
});

test("urllib downloads and uploads 100 MB", async () => {
  const steps = ["get:/stream", "get:/file", "put:/digest", "chunked:/digest"];
  const [port] = addresses() as [string];
  const { saw } = await pythonClient("--urllib", port, transfers.file, ...steps);
  assert.deepEqual(saw, Array(4).fill(transfers.answer));
});
