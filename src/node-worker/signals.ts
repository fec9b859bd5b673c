/** Signals that the front handles. A worker that obeyed them would leave its request unanswered. Python's workers have the same. */
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

/** Ctrl-C reaches every process of a terminal, and systemd's signals every process of a service. The front decides what they mean. */
export function leaveToFront(): void {
  for (const signal of FRONT_SIGNALS) process.on(signal, () => {});
}
