import { join } from "node:path";
import { apache as peer, apacheCommand, apacheConfiguration } from "../../peers/apache.ts";
import { modWsgi } from "../../peers/mod-wsgi.ts";
import type { Host } from "./host.ts";
import { commandOf, fileOf } from "./pages.ts";
import { answering, launch, toItsEnd } from "./site.ts";

const PAGE = "hosts/apache.md";

const CHUNKED = "mod_wsgi answers 411: it requires a length.";

const CUT =
  "The daemon process ends a truncated response like a complete one, so Apache cannot tell; in embedded mode it can.";

/** @param file the block of the page with its site */
function apache(id: string, title: string, file: string, cannot: Host["cannot"]): Host {
  return {
    id,
    title,
    page: PAGE,
    skip: peer.skip,
    cannot: { chunked: CHUNKED, ...cannot },
    async start(shop, env) {
      const launched = await launch(shop, env);
      const site = shop.write("apache-site.conf", launched.place(fileOf(PAGE, file)));
      const main = apacheConfiguration(join(shop.folder, "var"), site);
      const conf = shop.write("apache.conf", main);
      const server = await launched.run(apacheCommand(conf).join(" "));
      return await answering(launched, [server], () =>
        toItsEnd(launched, commandOf(PAGE, "touch")),
      );
    },
  };
}

export const apacheDaemon: Host = apache(
  "apache-daemon",
  "Apache, daemon mode",
  "/etc/apache2/sites-available/shop.conf",
  { cut: CUT },
);

export const apacheEmbedded: Host = {
  ...apache(
    "apache-embedded",
    "Apache, embedded mode",
    "/etc/apache2/sites-available/shop-embedded.conf",
    {
      reload:
        "In embedded mode, the touched file and `wsgi.ts` are run again, but imported modules are not reloaded until Apache restarts.",
    },
  ),
  // A request may reach a child that Apache has just started, which has loaded everything anew.
  byChance: ["reload"],
};

export const modWsgiExpress: Host = {
  id: "mod-wsgi-express",
  title: "mod_wsgi-express",
  page: PAGE,
  skip: modWsgi.skip,
  cannot: { chunked: CHUNKED, cut: CUT },
  async start(shop, env) {
    const launched = await launch(shop, env);
    const server = await launched.run(commandOf(PAGE, ".venv/bin/mod_wsgi-express"));
    return await answering(launched, [server], () => toItsEnd(launched, commandOf(PAGE, "touch")));
  },
};
