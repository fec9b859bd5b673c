import type { Readable } from "node:stream";
import { Blocks, MAX_BLOCK_BYTES } from "./blocks.ts";

/** How much to read ahead while the consumer is busy. */
const MAX_AHEAD_BYTES = 2 * MAX_BLOCK_BYTES;

/**
 * Reads a stream to its end in blocks, however small its pieces are. If the consumer stops early, the stream is paused and not
 * destroyed.
 *
 * @param admit called for each piece as it arrives; throws if the piece is not admitted
 * @throws what `admit` throws, and the stream's error, even if the stream was closed before its end
 */
export async function* readBlocks(
  source: Readable,
  admit: (bytes: number) => void,
): AsyncGenerator<Buffer[], void, undefined> {
  const blocks = new Blocks();
  let hasEnded = false;
  let failure: { error: unknown } | null = null;
  let wake = (): void => {};
  const onError = (error: unknown): void => {
    failure ??= { error };
    source.pause();
    wake();
  };
  const onData = (piece: Buffer): void => {
    try {
      admit(piece.length);
    } catch (error) {
      return onError(error);
    }
    blocks.add(piece);
    if (blocks.memory >= MAX_AHEAD_BYTES) source.pause();
    if (blocks.memory >= MAX_BLOCK_BYTES) wake();
  };
  const onEnd = (): void => {
    hasEnded = true;
    wake();
  };
  const onClose = (): void => {
    if (!hasEnded) onError(source.errored ?? new Error("the stream was closed before its end"));
  };
  source.on("error", onError).on("end", onEnd).on("close", onClose).on("data", onData);
  // A stream that was destroyed earlier emits no more events.
  if (source.destroyed) onClose();
  try {
    for (;;) {
      if (failure !== null) throw (failure as { error: unknown }).error;
      if (blocks.memory >= MAX_BLOCK_BYTES) {
        yield blocks.take();
        if (source.isPaused()) source.resume();
      } else if (hasEnded) break;
      else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
    if (blocks.size > 0) yield blocks.take();
  } finally {
    // The error listener stays: without it a later error, which no longer matters, would end the process.
    source.off("end", onEnd).off("close", onClose).off("data", onData);
    if (!hasEnded) source.pause();
  }
}
