// What the package exports is what docs/reference/api.md documents: no more, no less.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { root } from "../../testing/paths.ts";

interface Export {
  name: string;
  comment: string;
  /** From the doc comment to the end of the name, or of a function's parameters. */
  declaration: string;
}

const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  exports: Record<string, string | { "quintet-source": string }>;
};

/** The entry files by the name that users import. */
const entries: [module: string, file: string][] = Object.entries(manifest.exports).flatMap(
  ([path, target]) =>
    typeof target === "string"
      ? []
      : [[join("quintet", path), join(root, target["quintet-source"])]],
);

const DECLARATION =
  /(\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n)?export (?:async )?(?:function|class|const|interface|type) (\w+)(?:\([\s\S]*?\): )?/g;
const REEXPORT = /export (?:type )?\{([^}]*)\} from "([^"]+)"/g;

function exportsOf(file: string): Export[] {
  const text = readFileSync(file, "utf8");
  const own = [...text.matchAll(DECLARATION)].map(
    ([declaration, comment = "", name = ""]): Export => ({ name, comment, declaration }),
  );
  const others = [...text.matchAll(REEXPORT)].flatMap(([, names = "", from = ""]) => {
    const wanted = new Set(names.split(",").map((name) => name.trim().replace(/^type /, "")));
    return exportsOf(join(dirname(file), from)).filter(({ name }) => wanted.has(name));
  });
  return [...own, ...others];
}

/** The headings of the page: exports by module. */
function documented(): Map<string, string[]> {
  const page = readFileSync(join(root, "docs", "reference", "api.md"), "utf8");
  const [, ...modules] = page.split(/^## /m);
  return new Map(
    modules.map((section) => {
      const [module = ""] = section.split("\n");
      return [module, [...section.matchAll(/^### (\w+)$/gm)].map(([, name = ""]) => name)];
    }),
  );
}

test("the page has all modules, and no other", () => {
  assert.deepEqual(
    [...documented().keys()].toSorted(),
    entries.map(([module]) => module).toSorted(),
  );
});

for (const [module, file] of entries) {
  test(`${module} exports what is documented, and nothing else`, async () => {
    const names = exportsOf(file).map(({ name }) => name);
    assert.deepEqual(names.toSorted(), documented().get(module)?.toSorted());
    const values = Object.keys((await import(module)) as object);
    for (const name of values) assert.ok(names.includes(name), name);
  });

  test(`each export of ${module} has a doc comment, with its parameters and errors`, () => {
    for (const { name, comment, declaration } of exportsOf(file)) {
      assert.notEqual(comment, "", `${name} has no doc comment`);
      if (!/export (?:async )?function/.test(declaration)) continue;
      const [, list = ""] = /function \w+\(([\s\S]*?)\):/.exec(declaration) ?? [];
      for (const [, parameter] of list.matchAll(/(\w+)(?:\?)?: /g)) {
        assert.match(comment, new RegExp(`@param ${parameter} `), `${name}: ${parameter}`);
      }
      assert.match(comment, /@returns |returns them/, `${name}: what it returns`);
    }
  });
}
