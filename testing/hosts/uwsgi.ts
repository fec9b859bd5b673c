import type { Host } from "./host.ts";
import { commandOf, fileOf } from "./pages.ts";
import { answering, launch, toItsEnd } from "./site.ts";
import { uwsgi as peer } from "../../peers/uwsgi.ts";

const PAGE = "hosts/uwsgi.md";

export const CUT =
  "uWSGI closes the connection as after a complete response; without a length, the client cannot tell.";

/** @param begins the beginning of the command that starts it, as on the page */
function uwsgi(id: string, title: string, begins: string): Host {
  return {
    id,
    title,
    page: PAGE,
    skip: peer.skip,
    cannot: {
      head: "uWSGI sends the application's body in response to HEAD, and Django gives one. nginx in front removes it.",
      cut: CUT,
      chunked: "uWSGI passes the body on without a CONTENT_LENGTH, so Django reads nothing.",
    },
    async start(shop, env) {
      const launched = await launch(shop, env);
      shop.write("uwsgi.ini", launched.place(fileOf(PAGE, "/srv/shop/uwsgi.ini")));
      const server = await launched.run(commandOf(PAGE, begins));
      return await answering(launched, [server], () =>
        toItsEnd(launched, commandOf(PAGE, "kill -HUP")),
      );
    },
  };
}

export const uwsgiHttp: Host = uwsgi("uwsgi", "uWSGI http", ".venv/bin/uwsgi uwsgi.ini");

export const uwsgiLazy: Host = uwsgi(
  "uwsgi-lazy",
  "uWSGI lazy-apps",
  ".venv/bin/uwsgi --lazy-apps",
);
