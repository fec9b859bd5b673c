import { once as ask } from "../http.ts";
import { load, whyInvalid } from "../load.ts";
import { exactCpuSeconds, machineCpuSeconds } from "../proc.ts";
import type { Options } from "./options.ts";
import type { Started } from "./side.ts";
import type { Workload } from "./workloads.ts";

/** What one turn measured: each figure is one of verdict.ts. */
export type Figures = Record<string, number>;

/** A running server that has its turns. */
export interface Contestant extends Started {
  workload: Workload;
  /** Bytes of an answer, head included. Under load, every answer must be as long. */
  bytes: number;
}

export async function contestant(started: Started, workload: Workload): Promise<Contestant> {
  return { ...started, workload, bytes: await answerBytes(started.port, workload) };
}

/**
 * Asks once, as wrk does. When this is answered, the server has also finished what wrk no longer waited for: it would
 * otherwise count in the turn of the other side.
 *
 * @returns the length of the answer, head included
 */
async function answerBytes(port: number, { path, bodyBytes }: Workload): Promise<number> {
  const post = bodyBytes ? { method: "POST", body: "x".repeat(bodyBytes) } : {};
  const answer = await ask({ port, path, ...post });
  if (answer.status !== 200) throw new Error(`status ${answer.status} from ${path}`);
  return answer.wireBytes;
}

/**
 * Loads a server until its caches are filled and V8 has compiled its code, which takes seconds: until then, two servers of
 * the same code differ by a third. What this measures is dropped.
 */
export async function warmUp({ port, url, workload }: Contestant, options: Options): Promise<void> {
  const { connections, warmup } = options;
  await load(url, { seconds: warmup, connections, headers: {}, bodyBytes: workload.bodyBytes });
  await answerBytes(port, workload);
}

/** On a busy machine the time of a short turn can be over before wrk has begun. Such a turn is taken again. */
const tries = 5;

/** One turn under load, and the share of a core that other programs used meanwhile. */
export async function turn(
  contestant: Contestant,
  options: Options,
  left: number = tries,
): Promise<{ figures: Figures; others: number }> {
  const { server, port, url, workload, bytes } = contestant;
  const [cpuBefore, machineBefore] = [exactCpuSeconds(server.pid), machineCpuSeconds()];
  const { connections, turn: seconds } = options;
  const { bodyBytes } = workload;
  const got = await load(url, { seconds, connections, headers: {}, bodyBytes });
  const cpu = exactCpuSeconds(server.pid) - cpuBefore;
  const others = machineCpuSeconds() - machineBefore - cpu - got.loaderCpuSeconds;
  await answerBytes(port, workload);
  if (!got.requests && left > 1) return turn(contestant, options, left - 1);
  const invalid = whyInvalid(got, bytes);
  if (invalid) throw new Error(`${invalid}\n${server.output()}`);
  const elapsed = got.microseconds / 1e6;
  const figures = {
    rps: got.requests / elapsed,
    cpu: (cpu / got.requests) * 1e6,
    p50: got.p50,
    p99: got.p99,
  };
  return { figures, others: Math.max(0, others / elapsed) };
}
