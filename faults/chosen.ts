/** Those that an option names; all without it. Ends this process where there is no such one. */
export function chosen<Kind extends { id: string }>(
  all: Kind[],
  names: string | undefined,
): Kind[] {
  if (names === undefined) return all;
  return names.split(",").map((name) => {
    const found = all.find(({ id }) => id === name);
    if (found) return found;
    process.stderr.write(`there is no ${name}: ${all.map(({ id }) => id).join(", ")}\n`);
    process.exit(2);
  });
}
