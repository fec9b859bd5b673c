import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultSettings } from "../../src/config/settings/read-settings.ts";
import { packedSettings, unpackedSettings } from "../../src/master/packed-settings.ts";

test("between master and fronts, settings have the form that the first version reads", () => {
  const settings = {
    ...defaultSettings(),
    logFile: null,
    control: null,
    maxRequests: null,
    timeout: { "*": 30, "/reports/*": null },
    mount: "/shop",
    env: { TZ: "UTC", EMPTY: "" },
  };
  const packed = packedSettings(settings);
  assert.equal(packed.logFile, "");
  assert.equal(packed.control, "off");
  assert.equal(packed.maxRequests, 0);
  assert.deepEqual(packed.timeout, { "*": 30, "/reports/*": 0 });
  assert.equal(packed.mount, "/shop");
  assert.deepEqual(packed.env, ["TZ=UTC", "EMPTY="]);
  const nulls = Object.keys(packed).filter((name) => packed[name] === null);
  assert.deepEqual(nulls, []);
  assert.deepEqual(unpackedSettings(JSON.parse(JSON.stringify(packed))), settings);
});

test("a front that is newer than its master has the default of a setting that the master does not know", () => {
  const { keepAlive: _, ...packed } = packedSettings({ ...defaultSettings(), workers: 5 });
  const settings = unpackedSettings(packed as ReturnType<typeof packedSettings>);
  assert.equal(settings.keepAlive, defaultSettings().keepAlive);
  assert.equal(settings.workers, 5);
});
