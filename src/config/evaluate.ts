import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";
import { reportIfNoDescriptor } from "../shared/descriptors.ts";
import { errorCodes, QuintetError } from "../shared/errors.ts";
import {
  breach,
  checkShape,
  hasFields,
  type Fits,
  isListOf,
  isOneOf,
  isRecord,
  isSwitch,
  isText,
  orNull,
  parseJson,
} from "../shared/message-shape.ts";
import { nodeCommand } from "../shared/run-module.ts";
import type { EvaluationOrder, EvaluationResult } from "./evaluation-messages.ts";

const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
const TERMINATION_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Load a user's config file and wsgi.ts in a fresh Node process (src/node-worker/evaluate.ts), never in the front.
 *
 * @param limit seconds that loading may take; null for no limit
 * @param signal aborts loading. Without it, a signal that ends this process also ends the loading process.
 * @throws {QuintetError} QUINTET_CONFIG, QUINTET_WSGI_FILE, QUINTET_WSGI_EXPORT, QUINTET_SETTING, QUINTET_NO_FILE,
 *   QUINTET_BOOT_TIMEOUT
 */
export async function evaluate(
  order: EvaluationOrder,
  env: NodeJS.ProcessEnv,
  cwd: string,
  limit: number | null,
  signal?: AbortSignal,
): Promise<Extract<EvaluationResult, { ok: true }>> {
  const [program = "", ...command] = nodeCommand("node-worker/evaluate");
  const running = spawn(program, [...command, JSON.stringify(order)], {
    env,
    cwd,
    ...(signal ? { signal, killSignal: "SIGKILL" } : {}),
    // Its output goes to the terminal, so the answer has a descriptor of its own.
    stdio: ["ignore", "inherit", "inherit", "pipe", "pipe"],
  });
  const ended = new Promise<string>((resolve, reject) => {
    running.on("error", (error) => {
      reportIfNoDescriptor(error, "start a process");
      reject(signal?.aborted ? signal.reason : error);
    });
    running.on("close", (code, by) => resolve(by ?? `exit status ${code}`));
  });
  const release = signal ? () => {} : killOnTermination(running);
  let late = false;
  const end = (): void => {
    late = true;
    running.kill("SIGKILL");
  };
  const timer = limit !== null ? setTimeout(end, limit * 1000) : undefined;
  const chunks: Buffer[] = [];
  let size = 0;
  // stdio is missing if no descriptor was left; then the event "error" follows.
  running.stdio?.[3]?.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size <= MAX_ANSWER_BYTES) chunks.push(chunk);
    else running.kill("SIGKILL");
  });
  let how: string;
  try {
    how = await ended;
  } finally {
    clearTimeout(timer);
    release();
  }
  const what = order.file ?? order.config;
  if (late) {
    throw new QuintetError("QUINTET_BOOT_TIMEOUT", `${what} was not loaded within ${limit} s.`, {
      advice:
        "It may be in an endless loop, or await something. If it only needs more time, raise bootTimeout.",
    });
  }
  const code = order.file ? "QUINTET_WSGI_FILE" : "QUINTET_CONFIG";
  if (size === 0) {
    const message = `${what} ended its process (${how}) while it was loading.`;
    throw new QuintetError(code, message);
  }
  let result: EvaluationResult;
  try {
    if (size > MAX_ANSWER_BYTES) throw breach(`more than ${MAX_ANSWER_BYTES} bytes`);
    result = readResult(Buffer.concat(chunks).toString("utf8"));
  } catch (error) {
    const message = `${what} wrote to file descriptor 3, which Quintet uses to learn what the file exports: ${(error as Error).message}.`;
    const advice = "Write to a file that your code opens, or to stdout.";
    throw new QuintetError(code, message, { advice, cause: error });
  }
  if (!result.ok) throw new QuintetError(result.code, result.message, result);
  return result;
}

const FAILED = {
  code: isOneOf(...Object.keys(errorCodes)),
  message: isText,
  advice: isText,
  detail: isText,
};
const LOADED: Record<string, Fits> = {
  config: isRecord,
  target: orNull(isText),
  inner: isListOf(hasFields({ target: isText, options: isRecord })),
  options: isRecord,
  env: (value) => isRecord(value) && Object.values(value).every(orNull(isText)),
};

/** @throws {QuintetError} QUINTET_PROTOCOL */
function readResult(text: string): EvaluationResult {
  const value = parseJson(text, "that");
  const { ok } = checkShape<EvaluationResult>(value, "that", { ok: isSwitch });
  return checkShape(value, "that", ok ? LOADED : FAILED);
}

/**
 * End the loading process together with this one, as it may never finish by itself.
 *
 * @returns a function to call when the loading process has ended
 */
function killOnTermination(running: ChildProcess): () => void {
  const stop = (signal: NodeJS.Signals): void => {
    running.kill("SIGKILL");
    process.exit(128 + constants.signals[signal]);
  };
  for (const signal of TERMINATION_SIGNALS) process.once(signal, stop);
  return () => {
    for (const signal of TERMINATION_SIGNALS) process.off(signal, stop);
  };
}
