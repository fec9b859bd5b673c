import { cruise, type ICruiseResult } from "dependency-cruiser";
import { root } from "../lib/steps.ts";
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

/** A circle of two files is allowed: two halves of one idea. */
const MAX_CIRCLE_FILES = 2;

/** Reads the imports of all files in src/, and checks them against the order of the rooms. */
export async function readImports(): Promise<Imports> {
  const rooms = levels.flat();
  const { output } = await cruise(["src"], {
    baseDir: root,
    parser: "swc",
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { extensions: [".ts"] },
    validate: true,
    ruleSet: {
      forbidden: [
        ...rooms.map((room) => ({
          name: `${room} imports from a room that is not below it`,
          severity: "error" as const,
          from: { path: `^src/${room}/` },
          to: { path: `^src/(${forbiddenFor(room).join("|")})/` },
        })),
        {
          name: "a file is in no room",
          severity: "error",
          from: { path: `^src/(?!(${rooms.join("|")})/)` },
          to: {},
        },
        { name: "circle", severity: "error", from: {}, to: { circular: true } },
      ],
    },
  });
  const { modules, summary } = output as ICruiseResult;
  const all = modules.flatMap(({ source, dependencies }) =>
    dependencies.map(({ resolved }) => ({ from: source, to: resolved })),
  );
  const violations = new Set<string>();
  for (const { rule, from, to, cycle = [] } of summary.violations) {
    if (rule.name !== "circle") violations.add(`${rule.name}: ${from} → ${to}`);
    else if (cycle.length > MAX_CIRCLE_FILES) {
      const files = cycle.map(({ name }) => name).toSorted();
      violations.add(`a circle of ${files.length} files: ${files.join(", ")}`);
    }
  }
  return { all: all.filter(({ to }) => to.startsWith("src/")), violations: [...violations] };
}
