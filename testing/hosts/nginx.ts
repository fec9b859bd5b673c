import { existsSync } from "node:fs";
import { join } from "node:path";
import { nginx as peer, nginxCommand, nginxConfiguration } from "../../peers/nginx.ts";
import { uwsgi } from "../../peers/uwsgi.ts";
import { until } from "../wait.ts";
import type { Host } from "./host.ts";
import { commandOf, fileOf } from "./pages.ts";
import { answering, launch, toItsEnd } from "./site.ts";
import { CUT } from "./uwsgi.ts";

const PAGE = "hosts/nginx.md";
export const nginx: Host = {
  id: "nginx",
  title: "nginx, uWSGI",
  page: PAGE,
  skip: peer.skip || uwsgi.skip,
  cannot: { cut: CUT },
  async start(shop, env) {
    const launched = await launch(shop, env);
    const { place } = launched;
    shop.write("uwsgi.ini", place(fileOf(PAGE, "/srv/shop/uwsgi.ini")));
    const site = shop.write(
      "nginx-site.conf",
      place(fileOf(PAGE, "/etc/nginx/sites-available/shop")),
    );
    const main = nginxConfiguration(join(shop.folder, "var"), site);
    const conf = shop.write("nginx.conf", main);
    const application = await launched.run(commandOf(PAGE, ".venv/bin/uwsgi"));
    await until(() => existsSync(join(shop.folder, "var", "uwsgi.sock")), "uWSGI listens");
    const server = await launched.run(nginxCommand(conf).join(" "));
    return await answering(launched, [server, application], () =>
      toItsEnd(launched, commandOf(PAGE, "kill -HUP")),
    );
  },
};
