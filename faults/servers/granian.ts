import { existsSync, writeFileSync } from "node:fs";
import { granian as peer, granianCommand } from "../../peers/granian.ts";
import { type Server, WORKERS } from "../servers.ts";

export const granian: Server = {
  id: "granian",
  title: "Granian",
  distribution: peer.distribution,
  docs: `${peer.docs}#usage`,
  command: ({ port }, options) =>
    granianCommand({
      port,
      workers: WORKERS,
      target: "wsgi:application",
      // Without it, the server ends when the first worker dies.
      options: ["--respawn-failed-workers", ...options],
    }),
  can: {
    reload: (site) => site.signal("SIGHUP"),
    // It counts threads, not workers, and chooses their number by default.
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
