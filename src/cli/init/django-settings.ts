import type { DeploymentFile, ProjectFacts, WsgiPy } from "./project-facts.ts";

/** A settings module, and the place that names it. */
export interface Named {
  value: string;
  from: string;
  line: number;
}

/** The settings module for a wsgi.ts, if it differs from that of the wsgi.py. */
export interface SettingsPlan {
  /** Null if the settings of the wsgi.py are right, or if none should be named. */
  settings: Named | null;
  choices: Named[];
  notes: string[];
}

export const SETTINGS = "DJANGO_SETTINGS_MODULE";

/** Quintet replaces the servers that read these files, so variables set in them are lost. */
const REPLACED = new Set<DeploymentFile["kind"]>([
  "procfile",
  "gunicorn",
  "uwsgi",
  "service",
  "supervisor",
]);

/**
 * Find the project's settings for production. They are those of wsgi.py, unless the configuration of another server overrides
 * them; those of manage.py are for development. Settings with DEBUG = True never replace settings without it.
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
      `Several settings modules are in use: ${list}. Choose one with the variable DJANGO_SETTINGS_MODULE.`,
    );
    return { settings: null, choices, notes };
  }
  const [taken] = choices;
  if (taken) {
    const instead = own ? ` ${at(own)} names ${own.value}.` : "";
    notes.push(`DJANGO_SETTINGS_MODULE is ${taken.value}, as ${at(taken)} sets it.${instead}`);
  }
  const used = taken ?? own;
  if (used) notes.push(...debugNote(facts, used));
  // A wsgi.py with other statements may set them there.
  else if (wsgi && wsgi.extra.length === 0)
    notes.push(
      `Neither ${wsgi.path} nor wsgi.ts names settings. Set DJANGO_SETTINGS_MODULE in the environment.`,
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

/** `take` if the settings should be used. Otherwise a note about them, or "" for no note. */
function judge(
  facts: ProjectFacts,
  { kind, serves }: DeploymentFile,
  own: Named | null,
  named: Named,
): string {
  const isReplaced = REPLACED.has(kind);
  // The file configures something else, such as the workers of a task queue.
  if (isReplaced && !serves) return "";
  const [ours, theirs] = [debugOf(facts, own?.value), debugOf(facts, named.value)];
  if (theirs?.value === true && ours?.value !== true) {
    if (!isReplaced) return "";
    return `${at(named)} names ${named.value}, whose DEBUG is True (${theirs.path}:${theirs.line}). wsgi.ts does not.`;
  }
  if (isReplaced) return "take";
  // The image still sets its variable. wsgi.ts repeats it only if that is safer: it turns DEBUG off.
  if (kind === "docker") return ours?.value === true && theirs?.value === false ? "take" : "";
  return `${at(named)} names ${named.value}. Quintet does not read ${named.from}, so something else must still load it.`;
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
