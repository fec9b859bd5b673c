import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { apps } from "../../testing/paths.ts";
import { type Running, start } from "../../testing/server.ts";

let server: Running;
before(async () => {
  server = await start(join(apps, "ts", "unruly.ts"), { args: ["--workers", "1"] });
});
after(() => server.stop());

for (const [path, says] of [
  ["/bad-header", /X-Split has a control character/],
  ["/bad-body", /a string where PEP 3333 wants bytes/],
  ["/no-start", /returned without calling start_response/],
  ["/early", /sent a body before it called start_response/],
  ["/twice", /called a second time without excInfo/],
  ["/nothing", /the application returned undefined, not an iterable/],
] as const) {
  test(`without a validator the server itself refuses ${path}, says why, and keeps running`, async () => {
    const response = await fetch(server.url + path);
    assert.equal(response.status, 500);
    assert.equal(response.headers.get("set-cookie"), null);
    await server.logged(({ request, detail }) => Boolean(request) && says.test(detail ?? ""));
    assert.equal(await (await fetch(server.url)).text(), "fine\n");
  });
}
