// Which routes of a Django project are its own for /media/, by how they are written.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { python, root } from "../../testing/paths.ts";

type Route = string | [string, Route[]];

/** All of it is left to the project; nothing; or what is below, and whether only that. */
const ALL = [["", false]];
const NONE: never[] = [];

const CASES: [routes: Route[], left: (string | boolean)[][]][] = [
  [["media/<path:path>"], ALL],
  [["media/<int:number>/<slug:name>"], ALL],
  [["media<path:path>"], ALL],
  [["media/private/<path:path>"], [["private/", false]]],
  [["media/list/"], [["list/", true]]],
  [["media/"], NONE],
  [["media-failure/", "mediation/<path:path>", "multimedia/<path:path>"], NONE],
  [["<path:path>", "<slug:section>/<path:path>", ""], NONE],
  [["<kind:kind>/<path:path>"], ALL],
  [["re:^media/(?P<path>.*)$"], ALL],
  [["re:^(?P<path>media/.*)$"], ALL],
  [["re:^(static|media)/.*$"], ALL],
  [
    ["re:^(?:static|media)/(?:public|private)/(?P<path>.*)$"],
    [
      ["public/", false],
      ["private/", false],
    ],
  ],
  [["re:^(media|files)(/.*)?$"], ALL],
  [["re:^/?media/"], ALL],
  [["re:media/(.*)"], ALL],
  [["re:(?i)^MEDIA/(.*)$"], ALL],
  [["re:^[mM]edia/"], ALL],
  [["re:^media/a\\.pdf$"], [["a.pdf", true]]],
  [["re:^media/a\\.pdf"], [["a.pdf", false]]],
  [["re:^m(edia)?/.*$"], ALL],
  [["re:^(?!admin)media/.*$"], ALL],
  [["re:^(?!static|media).*$", "re:^.*$", "re:", "re:^(?P<url>.*/)$"], NONE],
  [["re:^((?:[\\w\\-]+/)*)$"], NONE],
  [["re:^\\w+/(.*)$", "re:^[a-z]+/(.*)$", "re:^.edia/(.*)$", "re:^[^/]+/(.*)$"], NONE],
  [[["", ["media/<path:path>"]]], ALL],
  [[["media/", ["<path:path>"]]], ALL],
  [[["media/", [["private/", ["<path:path>"]]]]], [["private/", false]]],
  [[["me", ["dia/<path:path>"]]], ALL],
  [[["re:^media/", ["re:^(?P<path>.*)$"]]], ALL],
  [[["re:^media/(?P<user>\\w+)/", ["<path:path>"]]], ALL],
  [[["<slug:site>/", ["media/<path:path>"]]], NONE],
  [[["i18n:", ["media/<path:path>"]]], ALL],
  [[["i18n:all", ["media/<path:path>"]]], NONE],
  [[["i18n:", ["<path:path>"]]], NONE],
  [["a/<path:path>", "media/<path:path>"], ALL],
  [Array.from({ length: 51 }, (_, index) => `media/${index}/<path:path>`), ALL],
];

test("a route that begins with the path is the project's own, however it is written; a catch-all is not", () => {
  const script = join(root, "testing", "routes_twin.py");
  const input = CASES.map(([routes]) => JSON.stringify(routes)).join("\n");
  const output = execFileSync(python, [script], { input, stdio: ["pipe", "pipe", "inherit"] });
  const answers = output.toString().trim().split("\n");
  for (const [index, [routes, left]] of CASES.entries()) {
    assert.deepEqual(JSON.parse(answers[index] as string), left, JSON.stringify(routes));
  }
  assert.equal(answers.length, CASES.length);
});
