import { existsSync } from "node:fs";
import { join } from "node:path";
import { inCI } from "../paths.ts";
import { until } from "../wait.ts";
import type { Host } from "./host.ts";
import { commandOf, fileOf } from "./pages.ts";
import { answering, launch, toItsEnd } from "./site.ts";
import { CUT, withoutUwsgi } from "./uwsgi.ts";

const PAGE = "hosts/nginx.md";
const PROGRAM = "/usr/sbin/nginx";

const withoutNginx: string | false =
  !existsSync(PROGRAM) && !inCI && "nginx is not installed (apt-get install nginx)";

/** What Debian's own nginx.conf says, for a server that is not root's, with the site of the page in it. */
const MAIN = `
daemon off;
worker_processes 2;
pid /srv/shop/var/nginx.pid;
error_log stderr;
events {}
http {
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    access_log off;
    client_body_temp_path /srv/shop/var/nginx-body;
    uwsgi_temp_path /srv/shop/var/nginx-uwsgi;
    proxy_temp_path /srv/shop/var/nginx-proxy;
    fastcgi_temp_path /srv/shop/var/nginx-fastcgi;
    scgi_temp_path /srv/shop/var/nginx-scgi;
    include /srv/shop/nginx-site.conf;
}
`;

export const nginx: Host = {
  id: "nginx",
  title: "nginx, uWSGI",
  page: PAGE,
  skip: withoutNginx || withoutUwsgi,
  cannot: { cut: CUT },
  async start(shop, env) {
    const launched = await launch(shop, env);
    const { place } = launched;
    shop.write("uwsgi.ini", place(fileOf(PAGE, "/srv/shop/uwsgi.ini")));
    shop.write("nginx-site.conf", place(fileOf(PAGE, "/etc/nginx/sites-available/shop")));
    shop.write("nginx.conf", place(MAIN));
    const uwsgi = await launched.run(commandOf(PAGE, ".venv/bin/uwsgi"));
    await until(() => existsSync(join(shop.folder, "var", "uwsgi.sock")), "uWSGI listens");
    const server = await launched.run(`${PROGRAM} -e stderr -c /srv/shop/nginx.conf`);
    return await answering(launched, [server, uwsgi], () =>
      toItsEnd(launched, commandOf(PAGE, "kill -HUP")),
    );
  },
};
