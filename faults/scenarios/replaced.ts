import { until } from "../../testing/wait.ts";
import type { Scene } from "../fault.ts";

const SECONDS = 40;

/** Continue the load until this many workers have been replaced, with a time limit. */
export async function replaced({ load, note }: Scene, workers: number): Promise<void> {
  const enough = load.seen.size + workers;
  await until(() => load.seen.size >= enough, "they have come", SECONDS * 1000).catch(() =>
    note(`not even ${workers} workers were replaced in ${SECONDS} s`),
  );
}
