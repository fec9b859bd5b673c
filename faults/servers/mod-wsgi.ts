import { join } from "node:path";
import { hostsEnvironment } from "../../peers/environment.ts";
import { oms } from "../../testing/paths.ts";
import { parentOf } from "../../testing/processes.ts";
import type { Server } from "../servers.ts";

export const modWsgi: Server = {
  id: "mod-wsgi",
  title: "mod_wsgi-express",
  distribution: "mod_wsgi",
  docs: "https://modwsgi.readthedocs.io/en/latest/user-guides/reloading-source-code.html",
  command: ({ port, folder, scratch }, options) => [
    join(hostsEnvironment, "bin", "mod_wsgi-express"),
    "start-server",
    "wsgi.py",
    "--host",
    "127.0.0.1",
    "--port",
    String(port),
    "--processes",
    "2",
    // More than there are clients; by default it would be 15.
    "--max-clients",
    "64",
    "--working-directory",
    folder,
    "--python-path",
    oms,
    "--server-root",
    join(scratch, "express"),
    ...(options.includes("--log-directory") ? [] : ["--log-to-terminal"]),
    ...options,
  ],
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
    // The children of Apache that run no application.
    fronts: (site, workers) =>
      site.processes().filter((pid) => parentOf(pid) === site.main && !workers.has(pid)),
  },
};
