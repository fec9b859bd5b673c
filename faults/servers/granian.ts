import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hostsEnvironment } from "../../peers/environment.ts";
import type { Server } from "../servers.ts";

export const granian: Server = {
  id: "granian",
  title: "Granian",
  distribution: "granian",
  docs: "https://github.com/emmett-framework/granian#usage",
  command: ({ port }, options) => [
    join(hostsEnvironment, "bin", "granian"),
    "--interface",
    "wsgi",
    "--host",
    "127.0.0.1",
    "--port",
    String(port),
    "--workers",
    "2",
    // Without it the server ends with the first worker that dies.
    "--respawn-failed-workers",
    ...options,
    "wsgi:application",
  ],
  can: {
    reload: (site) => site.signal("SIGHUP"),
    // It counts threads, not workers: by default as many as it likes.
    atOnce: 512,
    maxMemory: (megabytes) => [
      "--workers-max-rss",
      String(megabytes),
      "--rss-sample-interval",
      "1",
    ],
    logTo: (folder) => {
      const file = { class: "logging.FileHandler", filename: `${folder}/granian.log` };
      const logger = { handlers: ["file"], level: "INFO", propagate: false };
      const config = {
        version: 1,
        handlers: { file },
        loggers: { _granian: logger, "granian.access": logger },
      };
      // The page only asks for the words.
      if (existsSync(folder)) writeFileSync(`${folder}/log.json`, JSON.stringify(config));
      return ["--access-log", "--log-config", `${folder}/log.json`];
    },
  },
};
