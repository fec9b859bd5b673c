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
    head: "waitress sends the application's body in response to HEAD, and Django gives one. nginx in front removes it.",
    static: "waitress serves no files. Put nginx in front, or add WhiteNoise to the project.",
    reload: "waitress has no reload: restart it instead.",
  },
  async start(shop, env) {
    const launched = await launch(shop, env);
    const server = await launched.run(commandOf(PAGE, "PYTHONPATH="));
    return await answering(launched, [server]);
  },
};
