import type { Readable } from "node:stream";
import { BLOCK, Blocks } from "./blocks.ts";

/** So much is taken in while whoever reads is busy with what came before. */
const AHEAD = 2 * BLOCK;

/**
 * Reads a stream to its end, in blocks of some size however small its pieces are. It is not destroyed where this is left early.
 *
 * @param admit is told of each piece as it comes, and throws where it may not
 * @throws what `admit` throws, and the stream's own error, also where it is closed before its end
 */
export async function* gathered(
  source: Readable,
  admit: (bytes: number) => void,
): AsyncGenerator<Buffer[], void, undefined> {
  const blocks = new Blocks();
  let ended = false;
  let failed: { error: unknown } | null = null;
  let wake = (): void => {};
  const fail = (error: unknown): void => {
    failed ??= { error };
    source.pause();
    wake();
  };
  const take = (piece: Buffer): void => {
    try {
      admit(piece.length);
    } catch (error) {
      return fail(error);
    }
    blocks.add(piece);
    if (blocks.memory >= AHEAD) source.pause();
    if (blocks.memory >= BLOCK) wake();
  };
  const end = (): void => {
    ended = true;
    wake();
  };
  const closed = (): void => {
    if (!ended) fail(source.errored ?? new Error("the stream was closed before its end"));
  };
  source.on("error", fail).on("end", end).on("close", closed).on("data", take);
  // One that broke off before this began says so no more.
  if (source.destroyed) closed();
  try {
    for (;;) {
      if (failed !== null) throw (failed as { error: unknown }).error;
      if (blocks.memory >= BLOCK) {
        yield blocks.take();
        if (source.isPaused()) source.resume();
      } else if (ended) break;
      else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
    if (blocks.size > 0) yield blocks.take();
  } finally {
    // An error that comes later is nobody's concern; without its listener it would end the process.
    source.off("end", end).off("close", closed).off("data", take);
    if (!ended) source.pause();
  }
}
