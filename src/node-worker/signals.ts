const MEANT_FOR_FRONT = [
  "SIGTERM",
  "SIGINT",
  "SIGHUP",
  "SIGQUIT",
  "SIGUSR1",
  "SIGUSR2",
  "SIGTTIN",
  "SIGTTOU",
] as const;

/**
 * Ctrl-C reaches every process of a terminal, and systemd's signals every process of a service; the front decides what
 * they mean. The twin of python/quintet/worker/signals.py.
 */
export function leaveToFront(): void {
  for (const signal of MEANT_FOR_FRONT) process.on(signal, () => {});
}
