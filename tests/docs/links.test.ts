import assert from "node:assert/strict";
import { existsSync, globSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { test } from "node:test";
import { root } from "../../testing/paths.ts";

/** Folders whose pages are not ours. */
const FOREIGN = new Set([".git", "node_modules", ".venv", ".cache", "dist", "var"]);

const pages = globSync("**/*.md", { cwd: root, exclude: (name) => FOREIGN.has(basename(name)) });

const read = (page: string): string => readFileSync(join(root, page), "utf8");
const withoutBlocks = (text: string): string => text.replaceAll(/^```[\s\S]*?^```$/gm, "");

/** The anchors that GitHub gives to the headings of a page. */
function anchorsOf(page: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ""] of withoutBlocks(read(page)).matchAll(/^#+ (.+)$/gm)) {
    const kept = heading.toLowerCase().replaceAll(/[^\p{L}\p{N}\s_-]/gu, "");
    const anchor = kept.replaceAll(" ", "-");
    let name = anchor;
    for (let again = 1; anchors.has(name); again += 1) name = `${anchor}-${again}`;
    anchors.add(name);
  }
  return anchors;
}

test("the pages are found", () => {
  for (const page of ["README.md", "docs/architecture.md", "examples/oms/README.md"])
    assert.ok(pages.includes(page), page);
});

test("each link between pages leads to a file, and to a heading if it names one", () => {
  const broken: string[] = [];
  for (const page of pages) {
    for (const [, link = ""] of withoutBlocks(read(page)).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(link)) continue;
      const [path = "", anchor] = link.split("#");
      const target = path === "" ? page : relative(root, join(root, dirname(page), path));
      const isThere = existsSync(join(root, target));
      const isNamed = anchor === undefined || (isThere && anchorsOf(target).has(anchor));
      if (!isThere || !isNamed) broken.push(`${page}: ${link}`);
    }
  }
  assert.deepEqual(broken, []);
});

test("CONTRIBUTING lists each folder of src and python/quintet, and no other", () => {
  for (const folder of ["src", "python/quintet"]) {
    const entries = readdirSync(join(root, folder), { withFileTypes: true });
    const there = entries
      .filter((entry) => entry.isDirectory() && entry.name !== "__pycache__")
      .map((entry) => `${folder}/${entry.name}/`);
    const named = read("CONTRIBUTING.md").matchAll(new RegExp(`^\\| \`(${folder}/[^\`]+)\``, "gm"));
    const listed = Array.from(named, ([, name]) => name as string);
    assert.deepEqual(listed.toSorted(), there.toSorted());
  }
});

test("each file that CONTRIBUTING and the architecture page name is there", () => {
  for (const page of ["CONTRIBUTING.md", "docs/architecture.md"]) {
    const named = read(page).matchAll(/`((?:[\w.-]+\/)+[\w.-]*)`/g);
    for (const [, path = ""] of named) {
      const made = path.startsWith(".cache/") || path.startsWith("quintet/");
      if (!made && path !== "peers/.venv")
        assert.ok(existsSync(join(root, path)), `${page}: ${path}`);
    }
  }
});

test("each file that a comment or the benchmarks' page names is there", () => {
  const sources = globSync(["src/**/*.ts", "python/**/*.py", "scripts/**/*.ts", "testing/**/*"], {
    cwd: root,
  }).filter((file) => /\.(ts|py)$/.test(file));
  const missing = [...sources, "bench/README.md"].flatMap((file) => {
    const named = read(file).matchAll(
      /(?<![\w./-])(?:src|python\/quintet|scripts|testing|tests)\/[\w./-]+\.(?:ts|py|md)\b/g,
    );
    return Array.from(named, ([path]) => path)
      .filter((path) => !existsSync(join(root, path)))
      .map((path) => `${file}: ${path}`);
  });
  assert.deepEqual(missing, []);
});
