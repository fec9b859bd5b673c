import type { Import } from "./imports.ts";
import { levels } from "./rooms.ts";

/** The rooms and the imports between them as a Mermaid flowchart. An arrow that a longer way implies is left out. */
export function roomGraph(imports: readonly Import[]): string {
  const rooms = levels.flat();
  const below = new Map(rooms.map((room) => [room, new Set<string>()]));
  for (const { from, to } of imports) {
    const [upper, lower] = [roomOf(from), roomOf(to)];
    if (upper !== lower) below.get(upper)?.add(lower);
  }
  const reaches = (from: string, to: string): boolean =>
    [...(below.get(from) ?? [])].some((next) => next === to || reaches(next, to));
  const lines = rooms.flatMap((room) => {
    const targets = [...(below.get(room) ?? [])];
    const direct = targets.filter(
      (target) => !targets.some((other) => other !== target && reaches(other, target)),
    );
    return direct.toSorted().map((target) => `  ${room} --> ${target}`);
  });
  return ["```mermaid", "flowchart TD", ...lines, "```"].join("\n");
}

function roomOf(file: string): string {
  return file.split("/")[1] ?? "";
}
