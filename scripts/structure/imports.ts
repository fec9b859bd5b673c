import { cruise, type ICruiseResult } from "dependency-cruiser";
import { root } from "../lib/steps.ts";
import { circles } from "./circles.ts";
import { forbiddenFor, levels } from "./rooms.ts";

/** One file of src/ imports another; type imports count too. */
export interface Import {
  from: string;
  to: string;
}

export interface Imports {
  all: Import[];
  /** What breaks a rule, a line each. */
  violations: string[];
}

/**
 * Reads the imports of all files in src/, and checks them against the order of the rooms.
 *
 * @param folder where src/ is; tests pass one with mistakes
 */
export async function readImports(folder: string = root): Promise<Imports> {
  const rooms = levels.flat();
  const { output } = await cruise(["src"], {
    baseDir: folder,
    parser: "swc",
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { extensions: [".ts"] },
    validate: true,
    ruleSet: {
      forbidden: rooms.map((room) => ({
        name: `${room} imports from a room that is not below it`,
        severity: "error" as const,
        from: { path: `^src/${room}/` },
        to: { path: `^src/(${forbiddenFor(room).join("|")})/` },
      })),
    },
  });
  const { modules, summary } = output as ICruiseResult;
  const all = modules.flatMap(({ source, dependencies }) =>
    dependencies.map(({ resolved }) => ({ from: source, to: resolved })),
  );
  const violations = new Set<string>();
  // A rule of dependency-cruiser would miss files that import nothing.
  for (const { source } of modules) {
    const [top, room = ""] = source.split("/");
    if (top === "src" && !rooms.includes(room)) violations.add(`a file is in no room: ${source}`);
  }
  for (const { rule, from, to } of summary.violations) {
    violations.add(`${rule.name}: ${from} → ${to}`);
  }
  for (const files of circles(all)) {
    violations.add(`a circle of ${files.length} files: ${files.join(", ")}`);
  }
  return { all: all.filter(({ to }) => to.startsWith("src/")), violations: [...violations] };
}
