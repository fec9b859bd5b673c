import { existsSync } from "node:fs";
import { inCI } from "../paths.ts";
import type { Host } from "./host.ts";
import { commandOf, fileOf } from "./pages.ts";
import { answering, launch, toItsEnd } from "./site.ts";
import { isDebianPython, without } from "../../peers/environment.ts";

const PAGE = "hosts/apache.md";
const PROGRAM = "/usr/sbin/apache2";
const MODULES = "/usr/lib/apache2/modules";

const CHUNKED = "mod_wsgi answers 411: it wants a length.";

const CUT =
  "The daemon process ends its answer as it does a whole one, and Apache cannot tell; in embedded mode it can.";

function withoutApache(): string | false {
  if (inCI) return false;
  if (!existsSync(PROGRAM) || !existsSync(`${MODULES}/mod_wsgi.so`)) {
    return "Apache or its mod_wsgi is not installed (apt-get install apache2 libapache2-mod-wsgi-py3)";
  }
  return (
    !isDebianPython() &&
    "tests/hosts/.venv is not of Debian's Python (apt-get install python3-venv, and remove it)"
  );
}

/** What Debian's own apache2.conf says, for a server that is not root's, with the site of the page in it. */
const MAIN = `
ServerRoot /srv/shop/var
ServerName 127.0.0.1
DefaultRuntimeDir /srv/shop/var
PidFile /srv/shop/var/apache.pid
ErrorLog /srv/shop/var/error.log
LogLevel warn
LoadModule mpm_event_module ${MODULES}/mod_mpm_event.so
LoadModule authz_core_module ${MODULES}/mod_authz_core.so
LoadModule mime_module ${MODULES}/mod_mime.so
LoadModule alias_module ${MODULES}/mod_alias.so
LoadModule wsgi_module ${MODULES}/mod_wsgi.so
WSGISocketPrefix /srv/shop/var/wsgi
TypesConfig /etc/mime.types
StartServers 2
<Directory />
    Options FollowSymLinks
    AllowOverride None
    Require all denied
</Directory>
Include /srv/shop/apache-site.conf
`;

/** @param file the block of the page with its site */
function apache(id: string, title: string, file: string, cannot: Host["cannot"]): Host {
  return {
    id,
    title,
    page: PAGE,
    skip: withoutApache(),
    cannot: { chunked: CHUNKED, ...cannot },
    async start(shop, env) {
      const launched = await launch(shop, env);
      shop.write("apache-site.conf", launched.place(fileOf(PAGE, file)));
      shop.write("apache.conf", launched.place(MAIN));
      const server = await launched.run(`${PROGRAM} -D FOREGROUND -f /srv/shop/apache.conf`);
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
        "In embedded mode the touched file is run again, and `wsgi.ts` with it; modules that are imported stay as they are, until Apache is restarted.",
    },
  ),
  // A request that happens to reach a child that Apache has just started finds everything new.
  byChance: ["reload"],
};

export const modWsgiExpress: Host = {
  id: "mod-wsgi-express",
  title: "mod_wsgi-express",
  page: PAGE,
  skip: without("mod_wsgi-express", "apt-get install apache2-dev build-essential python3-dev"),
  cannot: { chunked: CHUNKED, cut: CUT },
  async start(shop, env) {
    const launched = await launch(shop, env);
    const server = await launched.run(commandOf(PAGE, ".venv/bin/mod_wsgi-express"));
    return await answering(launched, [server], () => toItsEnd(launched, commandOf(PAGE, "touch")));
  },
};
