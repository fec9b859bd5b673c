/** An environment with `NAME=value` settings put into it. */
export function withEnv(env: NodeJS.ProcessEnv, settings: string[]): NodeJS.ProcessEnv {
  const result = { ...env };
  for (const each of settings) {
    const mark = each.indexOf("=");
    result[each.slice(0, mark)] = each.slice(mark + 1);
  }
  return result;
}

/** What changed between two environments; null where a variable was removed. */
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
