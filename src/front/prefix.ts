import { choosePrefix, Prefix } from "../http/proxy/prefix.ts";
import { isPrefix } from "../config/values/trusted-proxies.ts";
import { TrustedProxies } from "../http/proxy/trusted-proxies.ts";
import type { Log } from "../shared/log.ts";
import type { Settings } from "../config/settings.ts";
import type { ReadyPool } from "./pools.ts";

/** Where the application is to be found, by the settings and by what its workers have said. */
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
  // Where one application is called by another, that decides what is below which path.
  if (ready.length > 1) chosen.forced = "";
  const prefix = new Prefix({ ...chosen, trusted: new TrustedProxies(forwardedAllowIps) });
  const source = mount === null ? "SCRIPT_NAME" : "mount";
  if (prefix.path !== "") log.info(`all of it is below ${prefix.path} (${source})`);
  const forced = ready.find((pool) => pool.facts.forced)?.facts.forced ?? "";
  return { prefix, forced };
}
