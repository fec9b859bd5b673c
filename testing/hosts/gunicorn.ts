import type { Host } from "./host.ts";
import { commandOf, fileOf } from "./pages.ts";
import { answering, launch, toItsEnd } from "./site.ts";
import { gunicorn as peer } from "../../peers/gunicorn.ts";

const PAGE = "hosts/gunicorn.md";

/** @param begins the beginning of the command that starts it, as on the page */
function gunicorn(id: string, title: string, begins: string, cannot: Host["cannot"]): Host {
  return {
    id,
    title,
    page: PAGE,
    skip: peer.skip,
    cannot: {
      static: "Gunicorn serves no files. Put nginx in front, or add WhiteNoise to the project.",
      chunked: "Gunicorn passes the body on without a CONTENT_LENGTH, so Django reads nothing.",
      ...cannot,
    },
    async start(shop, env) {
      const launched = await launch(shop, env);
      const conf = fileOf(PAGE, "/srv/shop/gunicorn.conf.py");
      shop.write("gunicorn.conf.py", launched.place(conf));
      const server = await launched.run(commandOf(PAGE, begins));
      return await answering(launched, [server], () =>
        toItsEnd(launched, commandOf(PAGE, "kill -HUP")),
      );
    },
  };
}

export const gunicornSync: Host = gunicorn(
  "gunicorn-sync",
  "Gunicorn sync",
  ".venv/bin/gunicorn wsgi",
  {},
);

export const gunicornThreads: Host = gunicorn(
  "gunicorn-gthread",
  "Gunicorn gthread",
  ".venv/bin/gunicorn --threads",
  {},
);

export const gunicornPreload: Host = gunicorn(
  "gunicorn-preload",
  "Gunicorn preload",
  ".venv/bin/gunicorn --preload",
  {
    reload:
      "With --preload, the code is loaded once, before the workers start, so new code needs a restart.",
  },
);
