import type { Host } from "./host.ts";
import { commandOf } from "./pages.ts";
import { answering, launch } from "./site.ts";
import { waitress as peer } from "../../peers/waitress.ts";

const PAGE = "hosts/waitress.md";

export const waitress: Host = {
  id: "waitress",
  title: "waitress",
  page: PAGE,
  skip: peer.skip,
  cannot: {
    head: "waitress sends the body that the application gives, also to HEAD; Django gives one. nginx in front takes it off.",
    static: "waitress serves no files: nginx in front does, or WhiteNoise in the project.",
    reload: "waitress has no reload: it takes a restart.",
  },
  async start(shop, env) {
    const launched = await launch(shop, env);
    const server = await launched.run(commandOf(PAGE, "PYTHONPATH="));
    return await answering(launched, [server]);
  },
};
