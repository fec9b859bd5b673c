/** The items that an option names, or all without it. Ends this process if there is no such item. */
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
