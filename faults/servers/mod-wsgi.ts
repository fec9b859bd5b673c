import { join } from "node:path";
import { modWsgi as peer, modWsgiCommand } from "../../peers/mod-wsgi.ts";
import { oms } from "../../testing/paths.ts";
import { parentOf } from "../../testing/processes.ts";
import { type Server, WORKERS } from "../servers.ts";

export const modWsgi: Server = {
  id: "mod-wsgi",
  title: "mod_wsgi-express",
  distribution: peer.distribution,
  docs: `${peer.docs}/user-guides/reloading-source-code.html`,
  command: ({ port, folder, scratch }, options) =>
    modWsgiCommand(
      {
        port,
        workers: WORKERS,
        target: "wsgi.py",
        options: [
          // More than there are clients; the default is 15.
          "--max-clients",
          "64",
          "--working-directory",
          folder,
          "--python-path",
          oms,
          ...options,
        ],
      },
      join(scratch, "express"),
    ),
  can: {
    reload: async (site) => {
      const { code, output } = await site.run([
        join(site.scratch, "express", "apachectl"),
        "graceful",
      ]);
      if (code !== 0) throw new Error(`apachectl graceful: ${output}`);
    },
    bootTimeout: (seconds) => ["--startup-timeout", String(seconds)],
    maxRequests: (requests) => ["--maximum-requests", String(requests)],
    timeout: (seconds) => ["--request-timeout", String(seconds)],
    // Two processes of five threads, its default.
    atOnce: 10,
    logTo: (folder) => ["--log-directory", folder, "--access-log"],
    // Apache's children that run no application.
    fronts: (site, workers) =>
      site.processes().filter((pid) => parentOf(pid) === site.main && !workers.has(pid)),
  },
};
