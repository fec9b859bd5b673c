import type { Deployment } from "../config/deployment.ts";
import { apply, changes } from "../config/environment.ts";

/**
 * A deployment as JSON. It contains only the environment variables that differ from those of the processes that pass it on.
 */
export interface PackedDeployment extends Omit<Deployment, "served"> {
  served: Omit<Deployment["served"], "env"> & { env: Record<string, string | null> };
}

export function packedDeployment(
  { settings, served }: Deployment,
  env: NodeJS.ProcessEnv,
): PackedDeployment {
  return { settings, served: { ...served, env: changes(env, served.env) } };
}

export function unpackedDeployment(
  { settings, served }: PackedDeployment,
  env: NodeJS.ProcessEnv,
): Deployment {
  return { settings, served: { ...served, env: apply(env, served.env) } };
}
