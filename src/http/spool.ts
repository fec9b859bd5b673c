import { QuintetError } from "../shared/errors.ts";

/** Request bodies in memory take at most this much together, in bytes; then also small ones go to a file. */
export const MEMORY_IN_ALL: number = 64 * 1024 * 1024;

export interface SpoolLimits {
  /** Bytes of one body that are kept in memory. */
  memory: number;
  /** Bytes of all longer bodies together, and of what slow readers have not taken. */
  total: number;
  /** Bytes of one response that are kept in a file. */
  response: number;
  folder: string;
}

/** What one body has of the memory and of the spool. */
export interface Account {
  /** The address of its client; empty where it has none. */
  readonly client: string;
  size: number;
  inMemory: number;
  /** What counts towards the limit of all: nothing as long as it is small enough for the memory. */
  charged: number;
}

/**
 * Counts what bodies and responses hold. Bodies that are small enough for the memory have room of their own there, so that
 * large ones do not keep them out; and no client has more than half of the rest.
 */
export class Spool {
  readonly limits: SpoolLimits;
  /** How many bodies are on their way: nobody else knows their requests yet. */
  taking = 0;
  #held = 0;
  #inMemory = 0;
  readonly #byClient: Map<string, number> = new Map();

  constructor(limits: SpoolLimits) {
    this.limits = limits;
  }

  /**
   * More of a body has come.
   *
   * @throws {QuintetError} QUINTET_BODY_QUOTA where there is no room for it
   */
  admit(body: Account, bytes: number): void {
    body.size += bytes;
    body.inMemory += bytes;
    this.#inMemory += bytes;
    if (body.charged > 0) this.#charge(body, bytes);
    else if (body.size > this.limits.memory || this.#inMemory > MEMORY_IN_ALL) {
      this.#charge(body, body.size);
    }
  }

  #charge(body: Account, bytes: number): void {
    this.#check(bytes, body.client);
    body.charged += bytes;
    this.#held += bytes;
    this.#addTo(body.client, bytes);
  }

  #addTo(client: string, bytes: number): void {
    if (client === "") return;
    const held = (this.#byClient.get(client) ?? 0) + bytes;
    if (held > 0) this.#byClient.set(client, held);
    else this.#byClient.delete(client);
  }

  /** So much of a body is in a file now, or back in memory where that is less than nothing. */
  moved(body: Account, bytes: number): void {
    body.inMemory -= bytes;
    this.#inMemory -= bytes;
  }

  /** Whether so much more may be in memory, where the disk fails. */
  hasMemory(more: number): boolean {
    return this.#inMemory + more <= MEMORY_IN_ALL;
  }

  /** Give back all that a body has. May be called twice. */
  release(body: Account): void {
    this.#held -= body.charged;
    this.#addTo(body.client, -body.charged);
    this.#inMemory -= body.inMemory;
    body.charged = 0;
    body.inMemory = 0;
  }

  /**
   * Ask for room for a piece of a response whose client reads slowly. Responses get the first half alone: a request that
   * is refused is worse than a worker that waits.
   */
  holdResponse(bytes: number): boolean {
    if (this.#held + bytes > this.limits.total / 2) return false;
    this.#held += bytes;
    return true;
  }

  /** Give that room back. */
  releaseResponse(bytes: number): void {
    this.#held -= bytes;
  }

  /**
   * Before a body is sent: what announces more than there is room for is not taken at all.
   *
   * @throws {QuintetError} QUINTET_BODY_QUOTA
   */
  checkAnnounced(bytes: number, client: string): void {
    if (bytes > this.limits.memory) this.#check(bytes, client);
  }

  #check(more: number, client: string): void {
    const { total } = this.limits;
    const own = client === "" ? 0 : (this.#byClient.get(client) ?? 0);
    if (this.#held + more > total) {
      const message = `request bodies hold ${this.#held} bytes, this one adds ${more}, and spoolLimit is ${total}`;
      throw new QuintetError("QUINTET_BODY_QUOTA", message);
    }
    if (client !== "" && own + more > total / 2) {
      const message = `the bodies of ${client} hold ${own} bytes, this one adds ${more}, and one client may have half of spoolLimit, which is ${total}`;
      throw new QuintetError("QUINTET_BODY_QUOTA", message);
    }
  }
}
