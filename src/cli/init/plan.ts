import type { ProjectFacts, Variable, WsgiPy } from "./project-facts.ts";
import { at, type Named, SETTINGS, settingsOf } from "./django-settings.ts";

/** What is to stand in a wsgi.ts. */
export interface Plan {
  /** The project's package, for a comment. */
  name: string;
  /** The folder below that of the file from which Python imports; empty for the same. */
  root: string;
  /** The wsgi.py that is served itself, for it does more than a wsgi.ts can; null where Django is enough. */
  served: WsgiPy | null;
  variables: (Variable & { because?: string })[];
  /** Settings among which whoever serves it has to choose; empty for no choice. */
  choices: Named[];
  /** What its owner should know, a line each. */
  notes: string[];
}

/** Decide what a wsgi.ts has to say so that it serves what the project's own wsgi.py serves, with the same settings. */
export function planFile(facts: ProjectFacts, wsgi: WsgiPy | null, folderName: string): Plan {
  const served = wsgi !== null && wsgi.extra.length > 0 ? wsgi : null;
  const { settings, choices, notes } = settingsOf(facts, wsgi);
  const variables: Plan["variables"] = served === null ? (wsgi?.variables.slice() ?? []) : [];
  if (settings !== null && settings.from === "manage.py") {
    variables.push({ name: SETTINGS, value: settings.value, forced: false, line: settings.line });
  } else if (settings !== null) {
    // Before that of wsgi.py, which leaves alone what is set.
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
    `${served.path} does more than a wsgi.ts can say, so wsgi.ts serves that file itself. These lines stay there:`,
    ...lines,
  ];
}

/** Options of other servers that mean nothing here. */
const MEANINGLESS = new Set(
  "module wsgi-file env master vacuum strict need-app die-on-term single-interpreter lazy lazy-apps if-env if-not-env endif thunder-lock daemon".split(
    " ",
  ),
);
const OPTIONS_MOST = 12;

/** What other servers were told, and this one is not. */
function fileNotes({ files }: ProjectFacts): string[] {
  return files.flatMap(({ path, kind, serves, options }) => {
    if (!serves || kind === "docker" || kind === "env") return [];
    if (kind !== "gunicorn" && kind !== "uwsgi") {
      return [`${path} starts another server. Have it start quintet, and carry the options over.`];
    }
    const names = options.filter((name) => !MEANINGLESS.has(name));
    if (names.length === 0) return [];
    const more = names.length > OPTIONS_MOST ? ", …" : "";
    const list = names.slice(0, OPTIONS_MOST).join(", ");
    // --config refuses these with what they would be.
    const shown = /\.(py|ini)$/.test(path)
      ? ` quintet --config ${path} shows it as a quintet.config.ts.`
      : "";
    return [`${path} is not read.${shown} Carry over by hand what you need of: ${list}${more}`];
  });
}
