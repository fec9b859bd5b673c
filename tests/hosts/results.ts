import { join } from "node:path";
import { root } from "../../testing/paths.ts";
import type { BehaviourName } from "./behaviours.ts";

/** "yes", or "no" for what a host cannot do; what has failed or was not run is not here. */
export type Results = Partial<Record<BehaviourName, "yes" | "no">>;

/** Where a host's results go, and scripts/hosts.ts finds them. */
export const resultsFolder: string = join(root, ".cache", "hosts");
