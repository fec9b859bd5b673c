import { requestsOf } from "./status.ts";
import { until } from "./wait.ts";

/** Wait until this many requests run, or wait in the queue or at a worker. */
export async function untilUnanswered(server: { pid: number }, count: number): Promise<void> {
  await until(async () => {
    const { running, waiting } = await requestsOf(server);
    return running + waiting === count;
  }, `${count} requests are unanswered`);
}
