import { Agent } from "undici";

/** Clients that do the same. */
export interface Clients {
  path: string;
  count: number;
  /** Use a new connection for each request. */
  fresh?: true;
}

/** They give up after this many failures: the server is gone, or the test has failed anyway. */
const MAX_FAILURES = 20;

/** Clients that send one request after another without a pause, and never retry. */
export class Load {
  /** Requests that did not get a complete 200. */
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
      // undici does not retry by itself.
      const agent = new Agent({ connections: count, pipelining: fresh ? 0 : 1 });
      this.#agents.push(agent);
      return Array.from({ length: count }, () => this.#client(path, agent));
    });
  }

  /** Let the clients finish their current requests. */
  async stop(): Promise<void> {
    this.#over = true;
    await Promise.all(this.#clients);
    await Promise.all(this.#agents.map((agent) => agent.close()));
  }

  async #client(path: string, agent: Agent): Promise<void> {
    while (!this.#over && this.failures.length < MAX_FAILURES) {
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
