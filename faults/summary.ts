import type { Result } from "./measure.ts";

/** One line. */
export function summary({ report, lost, workers, notes, left }: Result): string {
  const { sent, answered, failed, wait } = report;
  const why = Object.entries(failed).map(([failure, count]) => `${count} ${failure}`);
  return [
    `${sent} sent, ${answered} answered, ${lost} lost${why.length > 0 ? ` (${why.join(", ")})` : ""}`,
    `longest wait ${(wait.milliseconds / 1000).toFixed(2)} s (${wait.kind})`,
    `${workers} workers`,
    `${left} left over`,
    ...notes,
  ].join("; ");
}
