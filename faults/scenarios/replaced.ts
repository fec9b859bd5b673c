import { until } from "../../tests/support/server.ts";
import type { Scene } from "../fault.ts";

/** Let the load go on until so many workers have come in the place of others, for some time at most. */
export async function replaced({ load, note }: Scene, workers: number): Promise<void> {
  const enough = load.seen.size + workers;
  await until(() => load.seen.size >= enough, "they have come", 20_000).catch(() =>
    note(`not even ${workers} workers were replaced in 20 s`),
  );
}
