/**
 * The signals that the front handles. A worker that obeyed them would leave its request unanswered. Python workers ignore the
 * same ones.
 */
export const FRONT_SIGNALS: readonly NodeJS.Signals[] = [
  "SIGTERM",
  "SIGINT",
  "SIGHUP",
  "SIGQUIT",
  "SIGUSR1",
  "SIGUSR2",
  "SIGTTIN",
  "SIGTTOU",
];

/**
 * Ignore the signals that control the server. Ctrl-C reaches every process of a terminal, and a signal of systemd every process
 * of a service; the front decides what they mean.
 */
export function ignoreFrontSignals(): void {
  for (const signal of FRONT_SIGNALS) process.on(signal, () => {});
}
