import type { Deployment } from "../config/deployment.ts";
import { apply, changes } from "../config/environment.ts";
import { packedSettings, type PackedSettings, unpackedSettings } from "./packed-settings.ts";

/** A deployment for JSON. Of its environment it has only what differs from that of the processes that pass it on. */
export interface PackedDeployment {
  settings: PackedSettings;
  served: Omit<Deployment["served"], "env"> & { env: Record<string, string | null> };
}

export function packedDeployment(
  { settings, served }: Deployment,
  env: NodeJS.ProcessEnv,
): PackedDeployment {
  return {
    settings: packedSettings(settings),
    served: { ...served, env: changes(env, served.env) },
  };
}

export function unpackedDeployment(
  { settings, served }: PackedDeployment,
  env: NodeJS.ProcessEnv,
): Deployment {
  return {
    settings: unpackedSettings(settings),
    served: { ...served, env: apply(env, served.env) },
  };
}
