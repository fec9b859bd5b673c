import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { twice } from "./http.ts";
import { loopMilliseconds } from "./machine.ts";
import { load, whyInvalid } from "./load.ts";
import type { Options } from "./options.ts";
import { cpuSeconds, machineCpuSeconds, memoryBytes } from "./proc.ts";
import { ServerProcess, freePort } from "./server-process.ts";
import type { Server } from "./servers.ts";
import type { Workload } from "./workloads.ts";

/** One server under one workload, once. Times are in microseconds. */
export interface Sample {
  rps: number;
  p50: number;
  p99: number;
  cpuPerRequest: number;
  memoryBytes: number;
  /** Share of one core that the load generator used: near 1 it was the limit. */
  loaderCpu: number;
  /** Share of one core that other programs used meanwhile: anything but near 0 is noise. */
  otherCpu: number;
  /** What a loop that is always the same took around the measurement: a slower machine shows here, and nowhere else. */
  loopMs: number;
}

/** What a workload needs and shows, kept from server to server. */
export interface Context {
  scratch: string;
  environment: Record<string, string>;
  headers?: Record<string, string>;
  /** What the first server answered; every other must answer the same. */
  expected?: { server: string; body: string };
}

/** The CSRF token in a page is new each time, of the same length; all else must be the same bytes. */
function comparable(body: Buffer): string {
  return body.toString("latin1").replace(/(csrfmiddlewaretoken["'] value=["'])\w+/g, "$1");
}

/** Starts the server, verifies what it answers, warms it up, loads it, and stops it. */
export async function measure(
  server: Server,
  workload: Workload,
  context: Context,
  options: Options,
): Promise<Sample> {
  const scratch = mkdtempSync(join(context.scratch, `${server.name}-`));
  const port = await freePort();
  const command = server.command({ port, workers: options.workers, workload });
  const running = new ServerProcess(command, context.environment, scratch);
  let result: Sample;
  try {
    await running.ready(port, workload.path);
    context.headers ??= (await workload.headers?.(port, workload.path)) ?? {};
    const bytes = await verify(server, workload, context, port);
    result = await underLoad(
      running,
      `http://127.0.0.1:${port}${workload.path}`,
      bytes,
      context.headers,
      options,
    );
    await verify(server, workload, context, port);
  } finally {
    const left = await running.stop();
    rmSync(scratch, { recursive: true, force: true });
    if (left) console.error(`  ${server.name}: ${left} of its processes had to be killed`);
  }
  return result;
}

/** The response must be 200, with the same body from every server, and the connection kept as configured. */
async function verify(
  server: Server,
  workload: Workload,
  context: Context,
  port: number,
): Promise<number> {
  const [first, second] = await twice({ port, path: workload.path, headers: context.headers });
  for (const answer of [first, second]) {
    if (answer.status !== 200) throw new Error(`status ${answer.status} from ${workload.path}`);
    context.expected ??= { server: server.name, body: comparable(answer.body) };
    if (comparable(answer.body) !== context.expected.body)
      throw new Error(
        `its body is not that of ${context.expected.server}:\n${answer.body.toString()}`,
      );
  }
  if (second.reused !== server.keepAlive)
    throw new Error(
      server.keepAlive
        ? "it does not keep connections"
        : "it keeps connections, unlike the table says",
    );
  return second.wireBytes;
}

async function underLoad(
  running: ServerProcess,
  url: string,
  bytes: number,
  headers: Record<string, string>,
  { seconds, warmup, connections }: Options,
): Promise<Sample> {
  if (warmup) await load(url, { seconds: warmup, connections, headers });
  // Requests left over from the warm-up must not count.
  await sleep(200);

  const loopBefore = loopMilliseconds();
  const [cpuBefore, machineBefore, printedBefore] = [
    cpuSeconds(running.pid),
    machineCpuSeconds(),
    running.outputBytes,
  ];
  const got = await load(url, { seconds, connections, headers });
  const cpu = cpuSeconds(running.pid) - cpuBefore;
  const others = machineCpuSeconds() - machineBefore - cpu - got.loaderCpuSeconds;
  const memory = memoryBytes(running.pid);

  const loopAfter = loopMilliseconds();

  const invalid = whyInvalid(got, bytes);
  if (invalid) throw new Error(`${invalid}\n${running.output()}`);
  const printed = running.outputBytes - printedBefore;
  if (printed > got.requests * 10 + 10_000)
    throw new Error(
      `it printed ${printed} bytes under load, is its access log on?\n${running.output()}`,
    );

  const elapsed = got.microseconds / 1e6;
  return {
    rps: got.requests / elapsed,
    p50: got.p50,
    p99: got.p99,
    cpuPerRequest: (cpu / got.requests) * 1e6,
    memoryBytes: memory,
    loaderCpu: got.loaderCpuSeconds / elapsed,
    otherCpu: Math.max(0, others / elapsed),
    loopMs: (loopBefore + loopAfter) / 2,
  };
}
