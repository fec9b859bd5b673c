import { choosePrefix, Prefix } from "../../http/proxy/prefix.ts";
import { isPrefix } from "../../config/values/trusted-proxies.ts";
import { TrustedProxies } from "../../http/proxy/trusted-proxies.ts";
import type { Log } from "../../shared/log.ts";
import type { Settings } from "../../config/settings.ts";
import type { ReadyPool } from "./pools.ts";

/** The path that the application is mounted on, from the settings and what its workers report. */
export function prefixOf(
  { mount, forwardedAllowIps }: Settings,
  ready: ReadyPool[],
  log: Log,
): { prefix: Prefix; forced: string } {
  const variable = ready[0]?.facts.scriptName ?? "";
  if (mount === null && !isPrefix(variable)) {
    log.warn(`the variable SCRIPT_NAME is ${JSON.stringify(variable)}, not a path: ignored`);
  }
  const chosen = choosePrefix(mount ?? "", ready[0]?.facts ?? {});
  // If one application calls another, the caller decides where the other one is mounted.
  if (ready.length > 1) chosen.forced = "";
  const prefix = new Prefix({ ...chosen, trusted: new TrustedProxies(forwardedAllowIps) });
  const source = mount === null ? "SCRIPT_NAME" : "mount";
  if (prefix.path !== "") log.info(`all of it is below ${prefix.path} (${source})`);
  const forced = ready.find((pool) => pool.facts.forced)?.facts.forced ?? "";
  return { prefix, forced };
}
