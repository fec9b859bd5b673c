import type { Refuse } from "../settings/setting.ts";

/** Environment variables by name. A list of `NAME=value` is the older form. */
export type Variables = Readonly<Record<string, string>> | readonly string[];

/** The variables as a record. If a list has a name twice, the last value wins. */
export function variablesRecord(variables: Variables): Record<string, string> {
  if (!Array.isArray(variables)) return { ...(variables as Record<string, string>) };
  const pairs = variables.map((text: string) => {
    const mark = text.indexOf("=");
    return [text.slice(0, mark), text.slice(mark + 1)] as const;
  });
  return Object.fromEntries(pairs);
}

/**
 * @param value a record, a list of `NAME=value`, or one such text
 * @param refuse throws QUINTET_SETTING for what is wrong
 */
export function readVariables(value: unknown, refuse: Refuse): Record<string, string> {
  if (typeof value === "string" || Array.isArray(value)) {
    const list: unknown[] = [value].flat();
    const wrong = list.findIndex((each) => typeof each !== "string" || !/^[^=]+=/.test(each));
    if (wrong >= 0) refuse("NAME=value", list[wrong]);
    return variablesRecord(list as string[]);
  }
  if (typeof value !== "object" || value === null)
    return refuse('a record, such as { NAME: "value" }');
  for (const [name, text] of Object.entries(value)) {
    if (name === "" || name.includes("=")) refuse("a record of names without =", name);
    if (typeof text !== "string") refuse(`a string for ${name}`, text);
  }
  return { ...value } as Record<string, string>;
}
