import { Prefix } from "../front/prefix.ts";
import { isPrefix } from "../front/proxy-forms.ts";
import { Trusted } from "../front/trusted.ts";
import type { Log } from "../log.ts";
import type { Settings } from "../settings/settings.ts";
import type { ReadyPool } from "./pools.ts";

/** Where the application is to be found, by the settings and by what its workers have said. */
export function prefixOf(
  { mount, forwardedAllowIps }: Settings,
  ready: ReadyPool[],
  log: Log,
): { prefix: Prefix; forced: string } {
  const variable = ready[0]?.facts.scriptName ?? "";
  let source = "mount";
  let path = mount;
  if (mount === "" && variable !== "") {
    source = "SCRIPT_NAME";
    if (isPrefix(variable)) path = variable;
    else log.warn(`the variable SCRIPT_NAME is ${JSON.stringify(variable)}, not a path: ignored`);
  }
  // Where one application is called by another, that decides what is below which path.
  const facts = ready.length === 1 ? ready[0]?.facts : undefined;
  const forced = ready.find((pool) => pool.facts.forced)?.facts.forced ?? "";
  const prefix = new Prefix({
    mount: path,
    forced: facts?.forced && facts.forcedInUrls !== true ? facts.forced : "",
    trusted: new Trusted(forwardedAllowIps),
  });
  if (prefix.path !== "") log.info(`all of it is below ${prefix.path} (${source})`);
  return { prefix, forced };
}
