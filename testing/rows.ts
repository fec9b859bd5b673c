import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Agent } from "undici";

/** What tests/apps/rows.py has written: for each request, the workers that began and ended it. */
export interface Rows {
  begun: Map<string, number[]>;
  ended: Map<string, number[]>;
}

/** How a client saw one request. */
export interface Outcome {
  id: string;
  /** 0 if the connection broke. */
  status: number;
  text: string;
}

/** A file for rows.py, in a folder of its own. */
export function rowsFile(): { path: string; read(): Rows; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), "quintet-rows-"));
  const path = join(folder, "rows");
  return {
    path,
    read() {
      const rows: Rows = { begun: new Map(), ended: new Map() };
      for (const line of readFileSync(path, "utf8").split("\n")) {
        if (line === "") continue;
        const [kind, id, pid] = line.split(/ +/) as [string, string, string];
        const map = kind === "begin" ? rows.begun : rows.ended;
        map.set(id, [...(map.get(id) ?? []), Number(pid)]);
      }
      return rows;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/**
 * Clients that request rows one after another, each with a new id, and never retry.
 *
 * @param query of the next request: how many milliseconds its view takes, and what it does then
 */
export class RowClients {
  readonly outcomes: Outcome[] = [];
  readonly #agent: Agent;
  readonly #clients: Promise<void>[];
  #next = 1;
  #stop = false;

  constructor(url: string, clients: number, query: () => number | string, most: number = Infinity) {
    // undici does not retry by itself.
    this.#agent = new Agent({ connections: clients, pipelining: 1 });
    const ask = async (): Promise<void> => {
      while (!this.#stop && this.#next <= most) {
        const id = String(this.#next++);
        this.outcomes.push(await this.#one(`${url}/${id}?${query()}`, id));
      }
    };
    this.#clients = Array.from({ length: clients }, ask);
  }

  /** Let the clients finish their current requests. */
  async stop(): Promise<void> {
    this.#stop = true;
    await this.finished();
  }

  /** Wait until all requests are answered. */
  async finished(): Promise<void> {
    await Promise.all(this.#clients);
    await this.#agent.close();
  }

  async #one(url: string, id: string): Promise<Outcome> {
    try {
      const { origin, pathname, search } = new URL(url);
      const { statusCode, body } = await this.#agent.request({
        origin,
        path: pathname + search,
        method: "GET",
      });
      return { id, status: statusCode, text: await body.text() };
    } catch (error) {
      return { id, status: 0, text: String(error) };
    }
  }
}

/** No request ran twice, and each 200 belongs to the request that ran. */
export function assertOnce(rows: Rows, outcomes: Outcome[]): void {
  const twice = [...rows.begun].filter(([, pids]) => pids.length > 1);
  assert.deepEqual(twice, [], "requests that were begun twice");
  for (const { id, status, text } of outcomes) {
    if (status !== 200) continue;
    assert.equal(text, id);
    assert.equal(rows.ended.get(id)?.length, 1, `request ${id} has 200 and no row`);
  }
}
