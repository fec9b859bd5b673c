import { until } from "../../testing/wait.ts";
import type { Scene } from "../fault.ts";

const SECONDS = 40;

/** Let the load go on until so many workers have come in the place of others, for some time at most. */
export async function replaced({ load, note }: Scene, workers: number): Promise<void> {
  const enough = load.seen.size + workers;
  await until(() => load.seen.size >= enough, "they have come", SECONDS * 1000).catch(() =>
    note(`not even ${workers} workers were replaced in ${SECONDS} s`),
  );
}
