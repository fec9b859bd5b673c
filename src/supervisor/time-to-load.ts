/**
 * A signal that gives up what is loaded: when another says so, or as a timeout when it takes too long.
 *
 * @param bootTimeout seconds; 0 for no limit
 */
export function withTimeToLoad(signal: AbortSignal, bootTimeout: number): AbortSignal {
  if (bootTimeout === 0) return signal;
  return AbortSignal.any([signal, AbortSignal.timeout(bootTimeout * 1000)]);
}
