const FRONT_SIGNALS = [
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
 * Ignore the signals that control the server. Ctrl-C reaches every process of a terminal, and a signal of systemd every process
 * of a service; the front decides what they mean. The twin of python/quintet/signals.py.
 */
export function ignoreFrontSignals(): void {
  for (const signal of FRONT_SIGNALS) process.on(signal, () => {});
}
