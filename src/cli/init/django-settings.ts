import type { DeploymentFile, ProjectFacts, WsgiPy } from "./project-facts.ts";

/** Settings, and where they are named. */
export interface Named {
  value: string;
  from: string;
  line: number;
}

/** Which settings a wsgi.ts names beyond what its wsgi.py does. */
export interface SettingsPlan {
  /** Null where those of the wsgi.py do, or none are to be named. */
  settings: Named | null;
  choices: Named[];
  notes: string[];
}

export const SETTINGS = "DJANGO_SETTINGS_MODULE";

/** What these set is lost when Quintet takes the place of the server that reads them. */
const REPLACED = new Set<DeploymentFile["kind"]>([
  "procfile",
  "gunicorn",
  "uwsgi",
  "service",
  "supervisor",
]);

/**
 * The settings of the project in production. Those of wsgi.py are the rule, never those of manage.py, which are for
 * development. What the configuration of another server sets outside wins over them, as it did there. Nothing that has
 * DEBUG = True takes the place of something that has not.
 */
export function settingsOf(facts: ProjectFacts, wsgi: WsgiPy | null): SettingsPlan {
  const own = wsgi ? namedBy(wsgi) : ofManage(facts);
  if (own !== null && wsgi?.variables.some(({ name, forced }) => forced && name === SETTINGS)) {
    return { settings: null, choices: [], notes: debugNote(facts, own) };
  }
  const notes: string[] = [];
  const kept = new Map<string, Named>();
  for (const file of facts.files) {
    for (const { value, line } of file.settings) {
      const named: Named = { value, from: file.path, line };
      if (value === own?.value || kept.has(value)) continue;
      const verdict = judge(facts, file, own, named);
      if (verdict === "take") kept.set(value, named);
      else if (verdict !== "") notes.push(verdict);
    }
  }
  const choices = [...kept.values()];
  if (choices.length > 1) {
    const list = choices.map((each) => `${each.value} (${at(each)})`).join(", ");
    notes.push(
      `Several settings are named: ${list}. wsgi.ts leaves the choice to its environment.`,
    );
    return { settings: null, choices, notes };
  }
  const [taken] = choices;
  if (taken) {
    const instead = own ? ` ${at(own)} alone would be ${own.value}.` : "";
    notes.push(`DJANGO_SETTINGS_MODULE is ${taken.value}, as ${at(taken)} sets it.${instead}`);
  }
  const used = taken ?? own;
  if (used) notes.push(...debugNote(facts, used));
  // A wsgi.py with lines of its own may find out its settings by one of them.
  else if (wsgi && wsgi.extra.length === 0)
    notes.push(
      `${wsgi.path} names no settings, so wsgi.ts does not either: set DJANGO_SETTINGS_MODULE in the environment.`,
    );
  return { settings: taken ?? (wsgi ? null : own), choices: [], notes };
}

/** Such as `uwsgi.ini:3`. */
export function at({ from, line }: Named): string {
  return `${from}:${line}`;
}

function namedBy(wsgi: WsgiPy): Named | null {
  const by = wsgi.variables.find(({ name, value }) => name === SETTINGS && value === wsgi.settings);
  return by ? { value: by.value, from: wsgi.path, line: by.line } : null;
}

function ofManage({ manage }: ProjectFacts): Named | null {
  if (!manage?.settings) return null;
  return { value: manage.settings, from: "manage.py", line: manage.line ?? 1 };
}

/** `take`, or what to say of settings that are not taken; empty for nothing. */
function judge(
  facts: ProjectFacts,
  { kind, serves }: DeploymentFile,
  own: Named | null,
  named: Named,
): string {
  const isReplaced = REPLACED.has(kind);
  // Of a queue's workers, say.
  if (isReplaced && !serves) return "";
  const [ours, theirs] = [debugOf(facts, own?.value), debugOf(facts, named.value)];
  if (theirs?.value === true && ours?.value !== true) {
    if (!isReplaced) return "";
    return `${at(named)} names ${named.value}, whose DEBUG is True (${theirs.path}:${theirs.line}). wsgi.ts does not.`;
  }
  if (isReplaced) return "take";
  // An image's own variable is there as before. It is taken only where that cannot do harm, and leaving it out can.
  if (kind === "docker") return ours?.value === true && theirs?.value === false ? "take" : "";
  return `${at(named)} names ${named.value}. Quintet does not read ${named.from}: whoever reads it now has to.`;
}

function debugOf(
  { settings }: ProjectFacts,
  module: string | undefined,
): { value: unknown; path: string; line: number } | null {
  return (module === undefined ? null : settings[module]?.debug) ?? null;
}

function debugNote(facts: ProjectFacts, used: Named): string[] {
  const debug = debugOf(facts, used.value);
  if (debug?.value !== true) return [];
  const where = `${debug.path}:${debug.line}`;
  return [
    `Warning: DEBUG is True in ${used.value} (${where}), which ${at(used)} names. In production clients would see tracebacks and settings.`,
  ];
}
