// The clients of an attack, in a process of their own: node attacker.ts ATTACK PORT. It ends with its standard input.
import { attacks } from "./attacks.ts";

const [id, port] = process.argv.slice(2);
const attack = attacks.find((each) => each.id === id);
if (!attack) throw new Error(`there is no attack ${id}`);
const over = new AbortController();
process.stdin.on("end", () => over.abort()).resume();
const clients = Array.from({ length: attack.clients }, () =>
  attack.client(Number(port), over.signal),
);
await Promise.all(clients);
process.exit(0);
