import assert from "node:assert/strict";
import { ask } from "../../../testing/hosts/ask.ts";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isAlive } from "../../../testing/processes.ts";
import { until } from "../../../testing/wait.ts";
import type { Subject } from "../behaviours.ts";

/** Variables of the process that runs the application, and which edition of the project's code that is. */
async function variables(url: string): Promise<Record<string, string | null>> {
  const response = await ask(`${url}/probe/environ`);
  if (response.status !== 200) throw new Error(`status ${response.status}`);
  const seen = (await response.json()) as { os: Record<string, string | null>; edition: string };
  return { ...seen.os, edition: seen.edition };
}

export async function outside({ site, shop }: Subject): Promise<void> {
  assert.match(readFileSync(join(shop.folder, "wsgi.ts"), "utf8"), /\?\?= "oms.settings"/);
  assert.equal((await variables(site.url)).DJANGO_SETTINGS_MODULE, "probe.settings");
}

/** A server of its own, since the other one has ended. */
export async function inside({ start }: Subject): Promise<void> {
  const site = await start({});
  try {
    assert.equal((await ask(`${site.url}/healthz`)).status, 200);
    const response = await ask(`${site.url}/probe/environ`);
    assert.equal(
      response.status,
      404,
      "these are not the settings that the tests set from outside",
    );
  } finally {
    // uWSGI sometimes loses a SIGTERM soon after its start. That it ends is what stop() is about.
    await site.stop(3000);
  }
}

export async function reload({ site, shop, patience }: Subject): Promise<void> {
  assert.ok(site.reload, "it can reload");
  const before = readFileSync(join(shop.folder, "wsgi.ts"), "utf8");
  assert.equal((await variables(site.url)).SHOP_EDITION, null);
  shop.write("wsgi.ts", `${before}\nprocess.env.SHOP_EDITION = "second";\n`);
  shop.write("probe/edition.py", 'EDITION = "second"\n');
  try {
    await site.reload();
    const isNew = async (): Promise<boolean> => {
      // Many at once, for all its processes.
      const asked = Array.from({ length: 20 }, () => variables(site.url).catch(() => null));
      const seen = await Promise.all(asked);
      return seen.every((each) => each?.SHOP_EDITION === "second" && each.edition === "second");
    };
    await until(isNew, "it runs what has changed", patience);
  } finally {
    shop.write("wsgi.ts", before);
    shop.write("probe/edition.py", 'EDITION = "first"\n');
  }
}

/** The server does not run afterwards. */
export async function stop({ site }: Subject): Promise<void> {
  const processes = site.processes();
  assert.ok(processes.length > 0);
  assert.equal(await site.stop(), true, "it ends by itself");
  assert.deepEqual(processes.filter(isAlive), []);
}
