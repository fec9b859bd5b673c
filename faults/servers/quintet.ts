import { readFileSync } from "node:fs";
import { peersPython } from "../../peers/environment.ts";
import { command } from "../../testing/paths.ts";
import type { Server } from "../servers.ts";
import type { Site } from "../site.ts";

/** `quintet reload` and the like. */
async function tell(site: Site, ...words: string[]): Promise<string> {
  const all = [process.execPath, command, ...words, "--pid", String(site.main)];
  const { code, output } = await site.run(all);
  if (code !== 0) throw new Error(`quintet ${words.join(" ")} ends with status ${code}: ${output}`);
  return output;
}

export const quintet: Server = {
  id: "quintet",
  title: "Quintet",
  docs: "../guide/serving.md",
  command: ({ port }, options) => [
    process.execPath,
    command,
    "--bind",
    `127.0.0.1:${port}`,
    "--workers",
    "2",
    "--python",
    peersPython,
    ...options,
    "wsgi.ts",
  ],
  can: {
    reload: async (site) => void (await tell(site, "reload")),
    bootTimeout: (seconds) => ["--boot-timeout", String(seconds)],
    maxRequests: (requests) => ["--max-requests", String(requests), "--max-requests-jitter", "10"],
    scale: async (site, workers) => void (await tell(site, "scale", String(workers))),
    upgrade: async (site) => void (await tell(site, "upgrade")),
    timeout: (seconds) => ["--timeout", String(seconds), "--timeout-grace", "2"],
    atOnce: 2,
    maxMemory: (megabytes) => ["--max-memory", `${megabytes}m`],
    logTo: (folder) => ["--log-file", `${folder}/quintet.log`, "--temp-dir", folder],
    fronts: async (site) => {
      const [status] = JSON.parse(await tell(site, "status", "--json")) as {
        fronts: { pid: number }[];
      }[];
      return status?.fronts.map(({ pid }) => pid) ?? [];
    },
    zygote: (site) => site.processes().find((pid) => nameOf(pid) === "quintet-zygote"),
  },
};

function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").trim();
  } catch {
    return ""; // it has just ended
  }
}
