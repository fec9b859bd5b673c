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
import type { EvaluationOrder, EvaluationResult } from "./evaluation.ts";

/** Bytes of the answer. */
const ANSWER_MOST = 16 * 1024 * 1024;
const ENDING = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Load a user's config file and wsgi.ts in a fresh Node process, never in the front.
 *
 * @param limit seconds that it may take; 0 for no limit
 * @param signal gives it up; without one this process ends with it when it is told to
 * @throws {QuintetError} QUINTET_CONFIG, QUINTET_WSGI_FILE, QUINTET_WSGI_EXPORT, QUINTET_SETTING, QUINTET_NO_FILE,
 *   QUINTET_BOOT_TIMEOUT
 */
export async function evaluate(
  order: EvaluationOrder,
  env: NodeJS.ProcessEnv,
  cwd: string,
  limit: number,
  signal?: AbortSignal,
): Promise<Extract<EvaluationResult, { ok: true }>> {
  const [program = "", ...command] = nodeCommand("node-worker/evaluate");
  const running = spawn(program, [...command, JSON.stringify(order)], {
    env,
    cwd,
    ...(signal ? { signal, killSignal: "SIGKILL" } : {}),
    // Its own output is for the terminal; the answer comes by another way.
    stdio: ["ignore", "inherit", "inherit", "pipe", "pipe"],
  });
  const ended = new Promise<string>((resolve, reject) => {
    running.on("error", (error) => {
      reportIfNoDescriptor(error, "start a process");
      reject(signal?.aborted ? signal.reason : error);
    });
    running.on("close", (code, by) => resolve(by ?? `exit status ${code}`));
  });
  const release = signal ? () => {} : endTogether(running);
  let late = false;
  const end = (): void => {
    late = true;
    running.kill("SIGKILL");
  };
  const timer = limit > 0 ? setTimeout(end, limit * 1000) : undefined;
  const chunks: Buffer[] = [];
  let size = 0;
  // Where no descriptor is left there are none, and the error comes then.
  running.stdio?.[3]?.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size <= ANSWER_MOST) chunks.push(chunk);
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
      advice: "It is in a loop, or awaits something. If it only needs longer, raise bootTimeout.",
    });
  }
  const code = order.file ? "QUINTET_WSGI_FILE" : "QUINTET_CONFIG";
  if (size === 0) {
    const message = `${what} ended the process (${how}) while it was loaded.`;
    throw new QuintetError(code, message);
  }
  let result: EvaluationResult;
  try {
    if (size > ANSWER_MOST) throw breach(`more than ${ANSWER_MOST} bytes`);
    result = readResult(Buffer.concat(chunks).toString("utf8"));
  } catch (error) {
    const message = `${what} has written to descriptor 3, over which it says what it exports: ${(error as Error).message}.`;
    const advice = "Have it write to files that it opens itself, or to stdout.";
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
 * A file that never comes to its end would live on when we are told to stop.
 *
 * @returns what to call when it has ended
 */
function endTogether(running: ChildProcess): () => void {
  const stop = (signal: NodeJS.Signals): void => {
    running.kill("SIGKILL");
    process.exit(128 + constants.signals[signal]);
  };
  for (const signal of ENDING) process.once(signal, stop);
  return () => {
    for (const signal of ENDING) process.off(signal, stop);
  };
}
