import assert from "node:assert/strict";
import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Host, Site } from "../../testing/hosts/host.ts";
import { fileOf } from "../../testing/hosts/pages.ts";
import { type HostShop, makeShop } from "../../testing/hosts/shop.ts";
import { PATIENCE } from "../../testing/wait.ts";
import { type BehaviourName, behaviours } from "./behaviours.ts";
import { type Results, resultsFolder } from "./results.ts";

/** Milliseconds for what a host cannot do. */
const CANNOT = 3000;

/** The hosts of a test file share a shop: its database takes the longest to make. */
let shared: Promise<HostShop> | undefined;
export const sharedShop = (): Promise<HostShop> => (shared ??= makeShop());

/** The tests of a host, for its column of the matrix. */
export function runOn(host: Host): void {
  describe(host.title, { skip: host.skip }, () => {
    const results = behave(host, sharedShop);
    after(() => {
      mkdirSync(resultsFolder, { recursive: true });
      writeFileSync(join(resultsFolder, `${host.id}.json`), JSON.stringify(results));
    });
  });
}

/** Every behaviour, on a server that is started once. What was found is filled in as the tests run. */
export function behave(host: Host, shopOf: () => Promise<HostShop>): Results {
  const results: Results = {};
  let shop: HostShop;
  let site: Site | undefined;
  before(async () => {
    shop = await shopOf();
    // Each page has the whole of what its server needs.
    if (host.page.startsWith("hosts/")) {
      const file = shop.write("wsgi.py", fileOf(host.page, "/srv/shop/wsgi.py"));
      // Some compare its time in whole seconds to see that it was touched.
      utimesSync(file, 0, 0);
    }
    site = await host.start(shop, { DJANGO_SETTINGS_MODULE: "probe.settings" });
  });
  after(() => site?.stop());
  for (const name of Object.keys(behaviours) as BehaviourName[]) {
    const { title, check } = behaviours[name];
    const run = async (): Promise<void> => {
      assert.ok(site, "the server runs");
      const patience = reason === undefined ? PATIENCE : CANNOT;
      await check({ site, shop, start: (env) => host.start(shop, env), patience });
    };
    const reason = host.cannot[name];
    test(reason === undefined ? title : `${title}: it cannot`, async () => {
      // A limit that is none any more must go from the page.
      if (host.byChance?.includes(name)) await run().catch(() => {});
      else if (reason !== undefined) await assert.rejects(run, `it can: ${reason}`);
      else await run();
      results[name] = reason === undefined ? "yes" : "no";
    });
  }
  return results;
}
