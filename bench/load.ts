import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

/** What wrk counted in one run. Times are in microseconds. */
export interface Load {
  requests: number;
  microseconds: number;
  /** Every byte that came back, heads included. */
  bytes: number;
  p50: number;
  p99: number;
  max: number;
  /** CPU time of wrk itself: at one whole core the generator was measured, not the server. */
  loaderCpuSeconds: number;
  connect: number;
  read: number;
  write: number;
  timeout: number;
  status: number;
}

const script = fileURLToPath(new URL("wrk.lua", import.meta.url));

/** The version of wrk, or an error that says how to get it. */
export function wrkVersion(): string {
  const probe = spawnSync("wrk", ["--version"], { encoding: "utf8" });
  if (probe.error)
    throw new Error(
      "wrk, the load generator, is missing. On Debian and Ubuntu: apt-get install wrk",
      {
        cause: probe.error,
      },
    );
  return /^wrk (?:debian\/)?(\S+)/.exec(probe.stdout)?.[1] ?? "unknown";
}

/**
 * Loads a URL for some seconds. One thread: it fills 32 connections faster than any of the servers answers, and every
 * further one would take CPU from them.
 */
export async function load(
  url: string,
  options: {
    seconds: number;
    connections: number;
    headers: Record<string, string>;
    /** Bytes of a body to POST; without it, the requests are GET. */
    bodyBytes?: number;
  },
): Promise<Load> {
  const { seconds, bodyBytes } = options;
  // wrk only takes whole seconds. A fraction is interrupted: wrk then reports the time that it really took.
  const fraction = !Number.isInteger(seconds);
  const duration = fraction ? Math.ceil(seconds) + 1 : seconds;
  const args = ["--threads", "1", "--connections", String(options.connections)];
  args.push("--duration", `${duration}s`, "--timeout", "10s", "--script", script);
  for (const [name, value] of Object.entries(options.headers))
    args.push("--header", `${name}: ${value}`);
  args.push(url);
  if (bodyBytes) args.push("--", String(bodyBytes));

  const wrk = spawn("wrk", args, { stdio: ["ignore", "pipe", "pipe"] });
  const kill = (): void => void wrk.kill("SIGKILL");
  process.once("exit", kill);
  const interrupt = fraction ? setTimeout(() => wrk.kill("SIGINT"), seconds * 1000) : undefined;
  try {
    const [out, err] = await Promise.all([text(wrk.stdout), text(wrk.stderr), once(wrk, "close")]);
    const line = /^@@(\{.*\})$/m.exec(out)?.[1];
    if (!line) throw new Error(`wrk printed no figures:\n${out}${err}`);
    return JSON.parse(line) as Load;
  } finally {
    clearTimeout(interrupt);
    process.off("exit", kill);
  }
}

/**
 * Says why a run does not count as a speed, or nothing when it does.
 *
 * wrk takes a redirect for a success, and an error page may be quicker than the page: hence the bytes for each answer,
 * which must be those of the answer that was looked at before.
 */
export function whyInvalid(load: Load, bytesPerResponse: number): string | undefined {
  for (const kind of ["connect", "read", "write", "timeout", "status"] as const)
    if (load[kind]) return `${load[kind]} ${kind} errors in ${load.requests} requests`;
  if (!load.requests) return "no request was answered";
  const bytes = load.bytes / load.requests;
  if (Math.abs(bytes - bytesPerResponse) > Math.max(4, bytesPerResponse * 0.01))
    return `${bytes.toFixed(0)} bytes an answer under load, ${bytesPerResponse} before it`;
}
