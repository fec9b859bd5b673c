import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { httpCases } from "../../conformance/http/all.ts";
import type { Subject } from "../../conformance/case.ts";
import { root } from "../../testing/paths.ts";
import { type Running, start } from "../../testing/server.ts";
import { folderWith } from "../../testing/temp.ts";

const apps = join(root, "conformance", "apps");
const targets = { python: "http_app", typescript: "http_app.ts" } as const;

for (const [language, target] of Object.entries(targets)) {
  describe(`a ${language} application`, () => {
    const folder = folderWith();
    let server: Running;
    before(async () => {
      const options = { args: ["--workers", "2"], env: { CONFORMANCE_FOLDER: folder }, cwd: apps };
      server = await start(target, options);
    });
    after(async () => {
      await server.stop();
    });
    for (const { id, rule, check } of httpCases) {
      test(`${id}: ${rule}`, async () => {
        const subject: Subject = {
          port: server.port,
          language: language as Subject["language"],
          folder,
          output: () => server.output(),
        };
        await check(subject);
      });
    }
  });
}
