import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { checkSetting } from "../../src/config/settings/check-setting.ts";
import { defaultSettings, checkSettings } from "../../src/config/settings/read-settings.ts";
import { flagName, type Setting, variableName } from "../../src/config/settings/setting.ts";
import { settingGroups, settingNames, settingsTable } from "../../src/config/settings/table.ts";
import type { Settings } from "../../src/config/settings.ts";
import { QuintetError } from "../../src/shared/errors.ts";

const rows = settingNames.map((name) => [name, settingsTable[name] as Setting] as const);

test("every default is a valid value of its setting, and is read unchanged", () => {
  assert.deepEqual(checkSettings(defaultSettings(), "defaults"), defaultSettings());
});

test("no two settings share a name, a flag or a variable", () => {
  const all = settingGroups.flatMap(({ settings }) => Object.keys(settings));
  assert.equal(new Set(all).size, all.length);
  assert.equal(new Set(settingNames.map(flagName)).size, all.length);
  assert.equal(new Set(settingNames.map(variableName)).size, all.length);
  const short = rows.flatMap(([, { short }]) => short ?? []);
  assert.equal(new Set(short).size, short.length);
});

test("in the reference no subject takes the anchor of a setting", () => {
  const anchors = new Set(settingNames.map((name) => name.toLowerCase()));
  for (const { title } of settingGroups) assert.ok(!anchors.has(title.toLowerCase()), title);
});

test("no two settings claim the same name of Gunicorn's or uWSGI's", () => {
  for (const server of ["gunicorn", "uwsgi"] as const) {
    const names = rows.flatMap(([, setting]) =>
      (setting[server] ?? []).map((each) => (typeof each === "string" ? each : each.name)),
    );
    assert.equal(new Set(names).size, names.length, names.join(" "));
  }
});

test("a setting that can be null reads null, and its word on the command line, as null", () => {
  for (const [name, { none, byPath }] of rows) {
    if (none) {
      assert.equal(checkSetting(name, null, "file"), null, name);
      const given = byPath ? [none.text] : none.text;
      assert.equal(checkSetting(name, given, "flag"), null, name);
    } else {
      assert.throws(() => checkSetting(name, null, "file"), QuintetError, name);
    }
  }
});

test("the older forms of null in a config file still read", () => {
  const given = { user: "", control: "off", timeout: 0, maxMemory: 0, logFile: "", chdir: "" };
  const none = { user: null, control: null, timeout: null, maxMemory: null, logFile: null };
  assert.deepEqual(checkSettings(given, "file"), { ...none, chdir: null });
  const byPath = checkSettings({ timeout: { "*": 30, "/events/*": 0, "/a": null } }, "file");
  assert.deepEqual(byPath, { timeout: { "*": 30, "/events/*": null, "/a": null } });
});

test("env is a record, and the older list reads as one", () => {
  const record = { A: "1", B: "x=y", C: "" };
  assert.deepEqual(checkSetting("env", record, "file"), record);
  assert.deepEqual(checkSetting("env", ["A=1", "B=x=y", "C="], "file"), record);
  assert.deepEqual(checkSetting("env", ["A=1", "A=2"], "flag"), { A: "2" });
  for (const wrong of [{ A: 1 }, { A: null }, { "": "a" }, { "A=B": "c" }, ["A"], ["=a"], 7, null])
    assert.throws(() => checkSetting("env", wrong, "file"), QuintetError, JSON.stringify(wrong));
});

test("a valid number reads the same from text; anything outside its bounds is refused", () => {
  const numbers = rows.filter(([, { kind }]) => ["whole", "seconds", "bytes"].includes(kind));
  const parameters = fc.record({
    row: fc.constantFrom(...numbers),
    number: fc.oneof(
      fc.integer({ min: -10, max: 2_000_000 }),
      fc.double({ min: -1, max: 90_000, noNaN: true }).map((each) => Number(each.toFixed(3)) || 0),
    ),
  });
  fc.assert(
    fc.property(parameters, ({ row: [name, setting], number }) => {
      const value = setting.byPath === "only" ? { "/a": number } : number;
      const text = String(number);
      const flag = setting.byPath ? [setting.byPath === "only" ? `/a=${text}` : text] : text;
      const { min = 0, max = setting.kind === "seconds" ? 86_400 : Infinity } = setting;
      const whole = setting.kind === "seconds" || Number.isInteger(number);
      const isValid = number >= min && number <= max && whole;
      // Text has no exponents.
      fc.pre(/^-?[\d.]+$/.test(text));
      const [fromFile, fromFlag] = [read(name, value), read(name, flag)];
      assert.deepEqual(fromFlag, fromFile);
      assert.equal(fromFile !== undefined, isValid, `${name} ${number}`);
    }),
    { seed: 15, numRuns: 2000 },
  );
});

/** Undefined for a value that is refused. */
function read(name: keyof Settings, value: unknown): unknown {
  try {
    return checkSetting(name, value, "test");
  } catch (error) {
    assert.ok(error instanceof QuintetError && error.code === "QUINTET_SETTING");
    return undefined;
  }
}
