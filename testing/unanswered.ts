import { requestsOf } from "./status.ts";
import { until } from "./wait.ts";

/** Wait until so many requests run or wait for a worker, here or at one. */
export async function untilUnanswered(server: { pid: number }, count: number): Promise<void> {
  await until(async () => {
    const { running, waiting } = await requestsOf(server);
    return running + waiting === count;
  }, `${count} requests are unanswered`);
}
