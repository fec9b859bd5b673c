import { QuintetError } from "../../shared/errors.ts";
import type { ProjectFacts, WsgiPy } from "./project-facts.ts";

/**
 * Choose the wsgi.py that production uses: the one that other servers' configuration names, then the one in the Django settings,
 * then the one beside the settings, then the only one.
 *
 * @param named the wsgi.py that the command line names
 * @returns null if the project has none
 * @throws {QuintetError} QUINTET_WSGI_PY if there are several, or if Python cannot parse it
 */
export function chooseWsgi(facts: ProjectFacts, named: string | null): WsgiPy | null {
  const chosen = named === null ? found(facts) : facts.wsgi.find(({ path }) => path === named);
  if (chosen === undefined) {
    throw new QuintetError("QUINTET_NO_FILE", `The project has no ${named}.`);
  }
  if (chosen?.broken) {
    const { line, what, text } = chosen.broken;
    const where = line === null ? chosen.path : `${chosen.path}:${line}`;
    throw new QuintetError("QUINTET_WSGI_PY", `${where} cannot be read: ${what}`, {
      detail: text,
      advice: `${facts.python} parsed it. Fix the file, or name another Python with --python.`,
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
    const fits = all.filter(({ module, path }) =>
      modules.some((each) => isNamed(each, module, path)),
    );
    if (fits.length === 1) return fits[0] as WsgiPy;
  }
  if (all.length <= 1) return all[0] ?? null;
  const paths = all.map(({ path }) => path);
  throw new QuintetError(
    "QUINTET_WSGI_PY",
    `The project has several wsgi.py files: ${paths.join(", ")}.`,
    {
      advice: `Name the one to serve: quintet init ${paths[0]}`,
    },
  );
}

/** Whether a name in a deployment file means this wsgi.py. It may be a module, or a path from a folder above. */
function isNamed(named: string, module: string, path: string): boolean {
  return named === module || path === named || (named.includes("/") && named.endsWith(`/${path}`));
}

/** The packages around a settings module, the innermost first. */
function packagesOf(settings: string | null): string[] {
  const parts = settings?.split(".") ?? [];
  return parts.slice(0, -1).map((_, index) => parts.slice(0, parts.length - 1 - index).join("."));
}
