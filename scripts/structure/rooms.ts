/** The folders of src/, from the top down: a file may import from its own room and from rooms of lower levels. */
export const levels: readonly (readonly string[])[] = [
  ["cli"],
  ["node-worker"],
  ["api"],
  ["front"],
  ["master", "workers"],
  ["http"],
  ["dispatch"],
  ["config", "files"],
  ["wsgi"],
  ["wire"],
  ["shared"],
];

/** The rooms that a room must not import from: those above it, and its neighbours on the same level. */
export function forbiddenFor(room: string): string[] {
  const level = levels.findIndex((rooms) => rooms.includes(room));
  return levels
    .slice(0, level + 1)
    .flat()
    .filter((other) => other !== room);
}
