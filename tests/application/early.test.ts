import assert from "node:assert/strict";
import { test } from "node:test";
import { QuintetError } from "quintet/errors";
import { getPythonApplication } from "quintet/python";
import { barrier } from "../../testing/barrier.ts";
import { editionFolder } from "../../testing/edition.ts";
import { python } from "../../testing/paths.ts";

test("while the workers start, no more requests wait than backlog says", async () => {
  const held = barrier();
  const project = editionFolder({ "edition_now.py": `${held.python}NUMBER = 1\n` });
  const application = getPythonApplication("edition", {
    project,
    python,
    workers: 1,
    backlog: 5,
    logLevel: "error",
  });
  try {
    const request = (): Promise<Response> => application.fetch(new Request("http://shop.example/"));
    const waiting = Array.from({ length: 5 }, request);
    await held.untilReached();
    await assert.rejects(
      request(),
      (error: unknown) => error instanceof QuintetError && error.code === "QUINTET_QUEUE_FULL",
    );
    held.open();
    for (const response of await Promise.all(waiting)) assert.equal(response.status, 200);
    // They count no more.
    const more = Array.from({ length: 5 }, request);
    for (const response of await Promise.all(more)) assert.equal(response.status, 200);
  } finally {
    held.open();
    await application.close();
  }
});
