import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Host, Site } from "../../testing/hosts/host.ts";
import { fileOf } from "../../testing/hosts/pages.ts";
import { type HostShop, makeShop } from "../../testing/hosts/shop.ts";
import { type BehaviourName, behaviours } from "./behaviours.ts";
import { type Results, resultsFolder } from "./results.ts";

/** The tests of a host, for its column of the matrix. */
export function runOn(host: Host): void {
  describe(host.title, { skip: host.skip }, () => {
    const results = behave(host, makeShop);
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
      shop.write("wsgi.py", fileOf(host.page, "/srv/shop/wsgi.py"));
    }
    site = await host.start(shop, { DJANGO_SETTINGS_MODULE: "probe.settings" });
  });
  after(() => site?.stop());
  for (const name of Object.keys(behaviours) as BehaviourName[]) {
    const { title, check } = behaviours[name];
    const run = async (): Promise<void> => {
      assert.ok(site, "the server runs");
      await check({ site, shop, start: (env) => host.start(shop, env) });
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
