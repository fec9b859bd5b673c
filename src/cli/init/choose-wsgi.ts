import { QuintetError } from "../../shared/errors.ts";
import type { ProjectFacts, WsgiPy } from "./project-facts.ts";

/**
 * The wsgi.py that the project is served by: what other servers are told, then what its settings say, then the one beside
 * the settings, then the only one. Null where there is none.
 *
 * @param named the one that the command line names
 * @throws {QuintetError} QUINTET_WSGI_PY if there are several, or it cannot be read
 */
export function chooseWsgi(facts: ProjectFacts, named: string | null): WsgiPy | null {
  const chosen = named === null ? found(facts) : facts.wsgi.find(({ path }) => path === named);
  if (chosen === undefined) {
    throw new QuintetError("QUINTET_NO_FILE", `There is no ${named} in the project.`);
  }
  if (chosen?.broken) {
    const { line, what, text } = chosen.broken;
    const where = line === null ? chosen.path : `${chosen.path}:${line}`;
    throw new QuintetError("QUINTET_WSGI_PY", `${where} cannot be read: ${what}`, {
      detail: text,
      advice: `It was read by ${facts.python}. Mend it, or name the Python it is for with --python.`,
    });
  }
  return chosen;
}

function found(facts: ProjectFacts): WsgiPy | null {
  const all = facts.wsgi.filter(({ application, broken }) => application !== null || broken);
  const rules = [
    facts.files.filter(({ kind }) => kind !== "env").flatMap(({ modules }) => modules),
    Object.values(facts.settings).map((each) => each?.wsgi?.replace(/\.\w+$/, "") ?? ""),
    packagesOf(facts.manage?.settings ?? null).map((name) => `${name}.wsgi`),
  ];
  for (const modules of rules) {
    const fits = all.filter(({ module, path }) => modules.some((each) => is(each, module, path)));
    if (fits.length === 1) return fits[0] as WsgiPy;
  }
  if (all.length <= 1) return all[0] ?? null;
  const paths = all.map(({ path }) => path);
  throw new QuintetError("QUINTET_WSGI_PY", `There are several: ${paths.join(", ")}.`, {
    advice: `Name the one that is served: quintet init ${paths[0]}`,
  });
}

/** A file of a deployment may name it as a module, or by a path from somewhere above it. */
function is(named: string, module: string, path: string): boolean {
  return named === module || path === named || (named.includes("/") && named.endsWith(`/${path}`));
}

/** The packages around settings, from the innermost. */
function packagesOf(settings: string | null): string[] {
  const parts = settings?.split(".") ?? [];
  return parts.slice(0, -1).map((_, index) => parts.slice(0, parts.length - 1 - index).join("."));
}
