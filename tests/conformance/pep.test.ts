import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import type { Subject } from "../../conformance/case.ts";
import { Visit } from "../../conformance/pep3333/visit.ts";
import { casesFor, type Table, tables } from "../../conformance/tables.ts";
import { root } from "../../testing/paths.ts";
import { type Running, start } from "../../testing/server.ts";
import { folderWith } from "../../testing/temp.ts";

const cwd = join(root, "conformance", "apps");
const pep = tables.find(({ id }) => id === "pep") as Table;

/** Every case, against one of our servers. */
function conforms(
  name: string,
  language: Subject["language"],
  target: string,
  args: string[],
): void {
  suite(name, () => {
    const folder = folderWith();
    let server: Running;
    before(async () => {
      server = await start(target, { cwd, args, env: { CONFORMANCE_FOLDER: folder } });
    });
    after(async () => {
      await server.stop();
    });
    for (const each of casesFor(pep, language)) {
      if (each.onDemand) continue;
      test(`${each.id}: ${each.rule}`, async () => {
        await each.check({ port: server.port, language, folder, output: () => server.output() });
      });
    }
  });
}

conforms("Python", "python", "pep_app:application", ["--workers", "2"]);
conforms("Python with 4 threads", "python", "pep_app:application", ["--threads", "4"]);
conforms("TypeScript", "typescript", "pep_app.ts", ["--workers", "2"]);

const STRICT = "--strict-headers";

/** What the error must name, by the kind of the view "refused". */
const culprits: Record<string, RegExp> = {
  crlf: /X-Bad has a control character: .a\\r\\nX-Evil/,
  "name-crlf": /X-Bad\\r\\nX-Evil/,
  "name-space": /X Bad/,
  "status-crlf": /200 OK\\r\\n/,
  "status-word": /OK/,
  "status-number": /200/,
  wide: /X-Bad/,
  number: /X-Bad is (int|number), not/,
  bytes: /X-Bad is (bytes|object|Uint8Array), not/,
  connection: /Connection.* is a hop-by-hop header/,
  "transfer-encoding": /Transfer-Encoding.* is a hop-by-hop header/,
};

suite("what start_response refuses it names", () => {
  for (const [language, target] of [
    ["python", "pep_app:application"],
    ["typescript", "pep_app.ts"],
  ] as const) {
    test(target, async (t) => {
      const folder = folderWith();
      const args = ["--workers", "1", STRICT];
      const server = await start(target, { cwd, args, env: { CONFORMANCE_FOLDER: folder } });
      t.after(() => server.stop());
      const subject = { port: server.port, language, folder, output: () => server.output() };
      for (const each of casesFor(pep, language)) {
        if (each.onDemand?.flag === STRICT) await each.check(subject);
      }
      for (const [kind, culprit] of Object.entries(culprits)) {
        const visit = new Visit(subject);
        await visit.get("refused", kind);
        assert.match((await visit.firstNote()) ?? "", culprit);
      }
    });
  }
});

test("docs/reference/conformance.md lists exactly the cases there are, all kept by Quintet", () => {
  const page = readFileSync(join(root, "docs", "reference", "conformance.md"), "utf8");
  const listed = Array.from(page.matchAll(/^\| `([^`]+)` \|.*\| (.) \| (.) \|$/gm));
  const cases = tables.flatMap((table) => table.cases);
  assert.deepEqual(
    listed.map(([, id]) => id),
    cases.map(({ id }) => id),
    "it is not of these cases: npm run conformance",
  );
  const marks = listed.map(([, id, python, typescript]) => `${id} ${python}${typescript}`);
  const wanted = cases.map(({ id, pythonOnly, onDemand }) => {
    const mark = onDemand ? "○" : "✓";
    return `${id} ${mark}${pythonOnly ? "–" : mark}`;
  });
  assert.deepEqual(marks, wanted);
});
