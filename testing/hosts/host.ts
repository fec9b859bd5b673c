import type { BehaviourName } from "../../tests/hosts/behaviours.ts";
import type { HostShop } from "./shop.ts";

/** A server that runs the example, started for the tests. */
export interface Site {
  url: string;
  port: number;
  /** Everything that it and the application have written. */
  log(): string;
  /** The pids of all its processes. */
  processes(): number[];
  /** Ask it to reload the application, as its page says. */
  reload?(): Promise<void>;
  /** Stop it as its supervisor would, and kill it after this many milliseconds; false if it had to be killed. */
  stop(milliseconds?: number): Promise<boolean>;
}

/** A server, or a way of running one: a column of docs/reference/hosts.md. */
export interface Host {
  /** The name of the file with its results. */
  id: string;
  title: string;
  /** Its page in docs/. */
  page: string;
  /** Why it cannot run here, with what to install. In CI nothing is skipped: there it fails. */
  skip: string | false;
  /** What it cannot do by design, and why. The tests verify that it really cannot. */
  cannot: Partial<Record<BehaviourName, string>>;
  /** Those of them that may succeed by chance, so that success proves nothing. */
  byChance?: BehaviourName[];
  start(shop: HostShop, env: NodeJS.ProcessEnv): Promise<Site>;
}
