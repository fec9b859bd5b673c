import type { Result } from "./measure.ts";

/** What the figures do not show; empty if all went as it should. */
export function why({ report, notes, left }: Result): string {
  const failures = Object.entries(report.failed).map(([failure, count]) => `${count} × ${failure}`);
  const processes = left > 0 ? [`${left} processes left over`] : [];
  return [...(failures.length > 0 ? [failures.join(", ")] : []), ...notes, ...processes].join("; ");
}

/** One line. */
export function summary(result: Result): string {
  const { sent, answered, wait } = result.report;
  return [
    `${result.lost} lost of ${sent} sent, ${answered} answered`,
    `longest wait ${(wait.milliseconds / 1000).toFixed(2)} s (${wait.kind})`,
    `${result.workers} workers`,
    why(result),
  ]
    .filter(Boolean)
    .join("; ");
}
