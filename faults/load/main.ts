// The clients: a process of their own, so that they measure the server and not the one that strikes it.
import { setTimeout as sleep } from "node:timers/promises";
import { comparable, ORDERS_SHOWN, PAGES } from "./content.ts";
import { type Came, exchange, newConnections } from "./exchange.ts";
import { type Errand, type Kind, kinds } from "./kinds.ts";
import type { Orders, Seen, Told } from "./load.ts";
import { failureOf, Tally } from "./tally.ts";

/** Milliseconds between two reports of what was seen. */
const TELL = 100;

const known = new Map<string, string>();
const tally = new Tally();
const seen = new Map<number, Seen>();
const over = new AbortController();

const tell = (told: Told): void => void process.send?.(told);

/** Fetch the pages before anything goes wrong. */
async function learn(orders: Orders): Promise<void> {
  for (const [path, shows] of Object.entries(PAGES)) await look(orders, path, shows);
  const list = JSON.parse(known.get("/api/orders/") as string) as { results: { number: string }[] };
  for (const { number } of list.results.slice(0, ORDERS_SHOWN))
    await look(orders, `/api/orders/${number}/`, number);
}

async function look({ port, headers }: Orders, path: string, shows: string): Promise<void> {
  const came = await exchange(port, newConnections(), { path, headers });
  const text = comparable(came.body);
  if (failureOf(came) !== null || !text.includes(shows))
    throw new Error(`${path}: ${failureOf(came) ?? text.slice(0, 1000)}`);
  known.set(path, text);
}

function isRight({ body }: Came, { expects }: Errand): boolean {
  if ("bytes" in expects) return body.equals(expects.bytes);
  return comparable(body) === known.get(expects.page);
}

function note({ headers }: Came): void {
  const pid = Number(headers["x-worker"]);
  if (pid) seen.set(pid, { edition: Number(headers["x-edition"]), at: Date.now() });
}

/** One client, until the end. */
async function client(name: string, kind: Kind, { port, headers }: Orders): Promise<void> {
  const agent = kind.connection();
  const paths = [...known.keys()];
  // Not all at the same moment.
  await sleep(Math.random() * kind.every);
  while (!over.signal.aborted) {
    const began = performance.now();
    const errand = kind.errand(paths);
    const ask = { ...errand.ask, headers: { ...headers, ...errand.ask.headers } };
    tally.report.sent += 1;
    const came = await exchange(port, agent, ask);
    const failure = failureOf(came) ?? (isRight(came, errand) ? null : wrong(came, errand));
    tally.add(name, came, failure);
    if (failure === null) note(came);
    await sleep(Math.max(1, kind.every - (performance.now() - began)));
  }
  agent.destroy();
}

/** Without a length or chunks, only the end of the connection marks the end of a response. */
function wrong({ body }: Came, { expects }: Errand): string {
  if ("bytes" in expects && body.length < expects.bytes.length) return "truncated";
  return "wrong content";
}

// The process that counts is gone.
process.once("disconnect", () => process.exit(1));

process.once("message", async (orders: Orders) => {
  await learn(orders);
  tell({ ready: true });
  const telling = setInterval(
    () => tell({ sent: tally.report.sent, seen: [...seen.entries()] }),
    TELL,
  );
  process.once("message", () => over.abort());
  const clients = orders.kinds.flatMap((name) => {
    const kind = kinds[name] as Kind;
    return Array.from({ length: kind.clients }, () => client(name, kind, orders));
  });
  await Promise.all(clients);
  clearInterval(telling);
  process.send?.({ report: tally.report, workers: seen.size } satisfies Told, () => process.exit());
});
