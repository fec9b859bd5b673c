import { closeSync, constants, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { keepAlive, production, uwsgi as peer, uwsgiCommand } from "../../peers/uwsgi.ts";
import { isAlive } from "../../testing/processes.ts";
import { until } from "../../testing/wait.ts";
import { type Server, WORKERS } from "../servers.ts";
import type { Site } from "../site.ts";

/** From "The Master FIFO". The write would block forever if nobody reads. */
function command({ scratch }: Site, letter: string): void {
  const fifo = openSync(join(scratch, "fifo"), constants.O_WRONLY | constants.O_NONBLOCK);
  writeSync(fifo, letter);
  closeSync(fifo);
}

export const uwsgi: Server = {
  id: "uwsgi",
  title: "uWSGI http",
  distribution: peer.distribution,
  docs: `${peer.docs}/articles/TheArtOfGracefulReloading.html`,
  command: ({ port, scratch }, options) =>
    uwsgiCommand({
      port,
      workers: WORKERS,
      target: "wsgi.py",
      options: [
        ...keepAlive,
        "--http-auto-chunked",
        ...production,
        "--master-fifo",
        `${scratch}/fifo`,
        ...options,
      ],
    }),
  can: {
    // "Chain reloading": one worker after another. A second request before it is done has no effect.
    reload: async (site) => {
      const done = (): number => site.output().split("chain reloading complete").length;
      const before = done();
      command(site, "c");
      const isOver = (): boolean => done() > before || !isAlive(site.main);
      await until(isOver, "the chain reload is complete", 15_000);
    },
    // It needs workers that load the application themselves, which uWSGI's otherwise do not.
    reloadOptions: ["--lazy-apps"],
    // Without the second option a worker lives ten seconds at least.
    maxRequests: (requests) => ["--max-requests", String(requests), "--min-worker-lifetime", "1"],
    scale: async (site, workers, before) => {
      for (let count = before; count !== workers; count += count < workers ? 1 : -1) {
        command(site, count < workers ? "+" : "-");
        await sleep(300);
      }
    },
    scaleOptions: [
      "--processes",
      "4",
      "--cheaper",
      "1",
      "--cheaper-initial",
      "2",
      "--cheaper-algo",
      "manual",
    ],
    // The whole stack, including the binary, is executed again.
    upgrade: (site) => site.signal("SIGHUP"),
    timeout: (seconds) => ["--harakiri", String(seconds)],
    atOnce: 2,
    maxMemory: (megabytes) => ["--reload-on-rss", String(megabytes), "--min-worker-lifetime", "1"],
    logTo: (folder) => ["--logto", `${folder}/uwsgi.log`],
    fronts: (site) => {
      const found = Array.from(site.output().matchAll(/spawned uWSGI http \d+ \(pid: (\d+)\)/g));
      return found.slice(-1).map(([, pid]) => Number(pid));
    },
  },
};
