import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { QuintetError } from "../errors.ts";
import { sourceFlags, sourceName } from "../source.ts";
import type { EvaluationOrder, EvaluationResult } from "./evaluation.ts";

/**
 * Load a user's config file and wsgi.ts in a fresh Node process, never in the front.
 *
 * @throws {QuintetError} QUINTET_CONFIG, QUINTET_WSGI_FILE, QUINTET_WSGI_EXPORT, QUINTET_SETTING, QUINTET_NO_FILE
 */
export async function evaluate(
  order: EvaluationOrder,
  env: NodeJS.ProcessEnv,
): Promise<Extract<EvaluationResult, { ok: true }>> {
  const child = fileURLToPath(new URL(sourceName("evaluate-child"), import.meta.url));
  const running = spawn(process.execPath, [...sourceFlags, child, JSON.stringify(order)], {
    env,
    // Its own output is for the terminal; the answer comes by another way.
    stdio: ["ignore", "inherit", "inherit", "pipe"],
  });
  let answer = "";
  running.stdio[3]?.on("data", (chunk: Buffer) => {
    answer += chunk.toString("utf8");
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    running.on("error", reject);
    running.on("close", resolve);
  });
  if (!answer) {
    const message = `${order.file ?? order.config} ended the process (exit status ${code}) while it was loaded.`;
    throw new QuintetError("QUINTET_WSGI_FILE", message);
  }
  const result = JSON.parse(answer) as EvaluationResult;
  if (!result.ok) throw new QuintetError(result.code, result.message, result);
  return result;
}
