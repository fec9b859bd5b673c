import type { ProjectFacts, Variable, WsgiPy } from "./project-facts.ts";
import { at, type Named, SETTINGS, settingsOf } from "./django-settings.ts";

/** The contents of a wsgi.ts, and the notes for its owner. */
export interface Plan {
  /** The project's package, for a comment. */
  name: string;
  /** The folder that Python imports from, relative to that of the wsgi.ts; empty if it is the same. */
  root: string;
  /** The wsgi.py to serve, if it does more than a wsgi.ts can; null to serve Django directly. */
  served: WsgiPy | null;
  variables: (Variable & { because?: string })[];
  /** Settings modules that the owner has to choose from; empty if there is no choice to make. */
  choices: Named[];
  /** Lines to print for the owner. */
  notes: string[];
}

/** Plan a wsgi.ts that serves the same application as the project's wsgi.py, with the same settings. */
export function planFile(facts: ProjectFacts, wsgi: WsgiPy | null, folderName: string): Plan {
  const served = wsgi !== null && wsgi.extra.length > 0 ? wsgi : null;
  const { settings, choices, notes } = settingsOf(facts, wsgi);
  const variables: Plan["variables"] = served === null ? (wsgi?.variables.slice() ?? []) : [];
  if (settings !== null && settings.from === "manage.py") {
    variables.push({ name: SETTINGS, value: settings.value, forced: false, line: settings.line });
  } else if (settings !== null) {
    // Set it in wsgi.ts, before wsgi.py runs, which does not change variables that are already set.
    const because = `As ${at(settings)} sets it.`;
    const { value, line } = settings;
    const own = variables.filter(({ name }) => name !== SETTINGS);
    variables.splice(0, variables.length, ...own);
    variables.push({ name: SETTINGS, value, forced: false, line, because });
  } else if (choices.length > 0) {
    const own = variables.filter(({ name }) => name !== SETTINGS);
    variables.splice(0, variables.length, ...own);
  }
  const package_ = settings?.value ?? wsgi?.settings ?? wsgi?.module ?? "";
  return {
    name: package_.includes(".") ? (package_.split(".")[0] as string) : folderName,
    root: wsgi?.root ?? "",
    served,
    variables,
    choices,
    notes: [...servedNotes(served), ...notes, ...fileNotes(facts)],
  };
}

function servedNotes(served: WsgiPy | null): string[] {
  if (served === null) return [];
  const lines = served.extra.map(({ line, text }) => `  ${served.path}:${line}: ${text}`);
  return [
    `${served.path} does more than a wsgi.ts can say, so wsgi.ts serves that file. These lines stay there:`,
    ...lines,
  ];
}

/** Options of other servers that have no use here. */
const MEANINGLESS = new Set(
  "module wsgi-file env master vacuum strict need-app die-on-term single-interpreter lazy lazy-apps if-env if-not-env endif thunder-lock daemon".split(
    " ",
  ),
);
const MAX_OPTIONS_SHOWN = 12;

/** Notes about configuration of other servers that does not apply to Quintet. */
function fileNotes({ files }: ProjectFacts): string[] {
  return files.flatMap(({ path, kind, serves, options }) => {
    if (!serves || kind === "docker" || kind === "env") return [];
    if (kind !== "gunicorn" && kind !== "uwsgi") {
      return [
        `${path} starts another server. Change it to start quintet, and copy the options that you need.`,
      ];
    }
    const names = options.filter((name) => !MEANINGLESS.has(name));
    if (names.length === 0) return [];
    const more = names.length > MAX_OPTIONS_SHOWN ? ", …" : "";
    const list = names.slice(0, MAX_OPTIONS_SHOWN).join(", ");
    // --config refuses these files and shows a translation.
    const shown = /\.(py|ini)$/.test(path)
      ? ` quintet --config ${path} translates it to a quintet.config.ts.`
      : "";
    return [`${path} is not used.${shown} Copy the options that you need: ${list}${more}`];
  });
}
