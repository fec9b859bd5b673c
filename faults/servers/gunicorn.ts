import { setTimeout as sleep } from "node:timers/promises";
import { gunicorn as peer, gunicornCommand } from "../../peers/gunicorn.ts";
import { isAlive, parentOf } from "../../testing/processes.ts";
import { until } from "../../testing/wait.ts";
import { type Server, WORKERS } from "../servers.ts";

/** Milliseconds for a worker of the new master to boot, because nothing reports it. */
const BOOT = 3000;

export const gunicorn: Server = {
  id: "gunicorn",
  title: "Gunicorn sync",
  distribution: peer.distribution,
  docs: `${peer.docs}/signals.html`,
  command: ({ port }, options) =>
    gunicornCommand({ port, workers: WORKERS, target: "wsgi:application", options }),
  can: {
    reload: (site) => site.signal("SIGHUP"),
    bootTimeout: (seconds) => ["--timeout", String(seconds)],
    maxRequests: (requests) => ["--max-requests", String(requests), "--max-requests-jitter", "10"],
    scale: async (site, workers, before) => {
      // Signals that arrive together are merged.
      for (let count = before; count !== workers; count += count < workers ? 1 : -1) {
        site.signal((count < workers ? "SIGTTIN" : "SIGTTOU") as NodeJS.Signals);
        await sleep(100);
      }
    },
    // "Send TERM to the old master afterwards to stop it."
    upgrade: async (site) => {
      const old = site.main;
      const promotions = (): number => site.output().split("Master has been promoted").length;
      const promoted = promotions();
      const before = new Set(site.processes());
      site.signal("SIGUSR2");
      const next = (): number | undefined =>
        site.processes().find((pid) => parentOf(pid) === old && !before.has(pid));
      await until(() => next() !== undefined, "there is a new master", 5000);
      const master = next() as number;
      await sleep(BOOT);
      site.signal("SIGTERM");
      site.main = master;
      await until(() => !isAlive(old), "the old master has ended", 10_000);
      // Until then, it ignores USR2.
      await until(() => promotions() > promoted, "the new master has taken over", 10_000);
    },
    timeout: (seconds) => ["--timeout", String(seconds)],
    atOnce: 2,
    logTo: (folder) => [
      "--access-logfile",
      `${folder}/access.log`,
      "--error-logfile",
      `${folder}/error.log`,
    ],
  },
};
