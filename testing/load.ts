import { Agent } from "undici";

/** Clients that do the same. */
export interface Clients {
  path: string;
  count: number;
  /** With a new connection for each request. */
  fresh?: true;
}

/** After so many failures they give up: the server is gone, or the test has failed anyway. */
const MOST = 20;

/** Clients that ask without a pause, one request after the other, and never again for the same. */
export class Load {
  /** What was not answered with 200, whole. */
  readonly failures: string[] = [];
  answered = 0;
  readonly #url: string;
  readonly #onText: (text: string) => void;
  readonly #agents: Agent[] = [];
  readonly #clients: Promise<void>[];
  #over = false;

  constructor(url: string, clients: Clients[], onText: (text: string) => void = () => {}) {
    this.#url = url;
    this.#onText = onText;
    this.#clients = clients.flatMap(({ path, count, fresh }) => {
      // undici retries nothing of its own accord.
      const agent = new Agent({ connections: count, pipelining: fresh ? 0 : 1 });
      this.#agents.push(agent);
      return Array.from({ length: count }, () => this.#client(path, agent));
    });
  }

  /** Let the clients finish what they wait for. */
  async stop(): Promise<void> {
    this.#over = true;
    await Promise.all(this.#clients);
    await Promise.all(this.#agents.map((agent) => agent.close()));
  }

  async #client(path: string, agent: Agent): Promise<void> {
    while (!this.#over && this.failures.length < MOST) {
      try {
        const options = { origin: this.#url, path, method: "GET" } as const;
        const { statusCode, body } = await agent.request(options);
        const text = await body.text();
        if (statusCode === 200) this.#onText(text);
        else this.failures.push(`${path}: ${statusCode} ${text}`);
      } catch (error) {
        this.failures.push(`${path}: ${String(error)}`);
      }
      this.answered += 1;
    }
  }
}
