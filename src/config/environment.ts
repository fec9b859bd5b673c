import { type Variables, variablesRecord } from "./values/variables.ts";

/** An environment with the variables of the setting `env` in it. */
export function withEnv(env: NodeJS.ProcessEnv, variables: Variables): NodeJS.ProcessEnv {
  return { ...env, ...variablesRecord(variables) };
}

/** The differences between two environments; null for a variable that was removed. */
export function changes(
  before: NodeJS.ProcessEnv,
  after: NodeJS.ProcessEnv,
): Record<string, string | null> {
  const changed: Record<string, string | null> = {};
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (before[name] !== after[name]) changed[name] = after[name] ?? null;
  }
  return changed;
}

/** An environment with the differences from `changes` applied. */
export function apply(
  env: NodeJS.ProcessEnv,
  changed: Record<string, string | null>,
): NodeJS.ProcessEnv {
  const result = { ...env };
  for (const [name, value] of Object.entries(changed)) {
    if (value === null) delete result[name];
    else result[name] = value;
  }
  return result;
}
