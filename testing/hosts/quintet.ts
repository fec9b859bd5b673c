import { join } from "node:path";
import { runCommand } from "../command.ts";
import { start } from "../server.ts";
import type { Host } from "./host.ts";
import { shopEnvironment } from "./shop.ts";

export const quintet: Host = {
  id: "quintet",
  title: "Quintet",
  page: "serving.md",
  skip: false,
  cannot: {},
  async start(shop, env) {
    const server = await start("wsgi.ts", {
      cwd: shop.folder,
      env: shopEnvironment(env),
      args: ["--python", join(shop.folder, ".venv", "bin", "python"), "--workers", "2"],
      searchPython: true,
    });
    return {
      url: server.url,
      port: server.port,
      log: () => server.output().replaceAll("\\n", "\n"),
      processes: () => [server.pid, ...server.workers()],
      async reload() {
        const { code, stderr } = await runCommand(["reload", "--pid", String(server.pid)]);
        if (code !== 0) throw new Error(stderr);
      },
      stop: async () => (await server.stop()) === 0,
    };
  },
};
