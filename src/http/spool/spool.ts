import type { Settings } from "../../config/settings.ts";
import { QuintetError } from "../../shared/errors.ts";

/** The memory for all request bodies together, in bytes. Beyond it small bodies go to files, too. */
export const MAX_MEMORY_BYTES: number = 64 * 1024 * 1024;

export interface SpoolLimits {
  /** The most bytes of one body that are kept in memory. */
  memory: number;
  /** The most bytes of all longer bodies together, and of what slow readers have not read. */
  total: number;
  /** The most bytes of one response that are kept in a file. */
  response: number;
  /** Where the files are. */
  folder: string;
}

/** The part of the settings that limits the memory and the disk space of bodies. */
export function spoolLimits(settings: Settings): SpoolLimits {
  const { bodyMemory: memory, spoolLimit: total, responseSpool: response, tempDir } = settings;
  return { memory, total, response, folder: tempDir };
}

/** What one body uses. */
export interface Account {
  /** The address of its client; empty if it has none. */
  readonly client: string;
  size: number;
  inMemory: number;
  /** The bytes that count towards the limit of all bodies: none if the body is small enough for the memory. */
  charged: number;
}

/**
 * Counts the bytes that request bodies and responses hold, and enforces `spoolLimit`. Bodies that are small enough for the memory
 * have a limit of their own, so that large ones do not keep them out. One client may have half of the rest.
 */
export class Spool {
  readonly limits: SpoolLimits;
  /** The number of bodies that are being buffered. No dispatcher knows their requests yet. */
  buffering = 0;
  #charged = 0;
  #inMemory = 0;
  readonly #chargedByClient: Map<string, number> = new Map();

  constructor(limits: SpoolLimits) {
    this.limits = limits;
  }

  /**
   * Counts bytes of a body that have arrived.
   *
   * @throws {QuintetError} QUINTET_BODY_QUOTA if that exceeds a limit
   */
  admit(body: Account, bytes: number): void {
    body.size += bytes;
    body.inMemory += bytes;
    this.#inMemory += bytes;
    if (body.charged > 0) this.#charge(body, bytes);
    else if (body.size > this.limits.memory || this.#inMemory > MAX_MEMORY_BYTES) {
      this.#charge(body, body.size);
    }
  }

  #charge(body: Account, bytes: number): void {
    this.#check(bytes, body.client);
    body.charged += bytes;
    this.#charged += bytes;
    this.#chargeClient(body.client, bytes);
  }

  #chargeClient(client: string, bytes: number): void {
    if (client === "") return;
    const charged = (this.#chargedByClient.get(client) ?? 0) + bytes;
    if (charged > 0) this.#chargedByClient.set(client, charged);
    else this.#chargedByClient.delete(client);
  }

  /** @param bytes how many bytes of a body have moved from the memory to a file; negative if they have moved back */
  spilled(body: Account, bytes: number): void {
    body.inMemory -= bytes;
    this.#inMemory -= bytes;
  }

  /** Whether this many more bytes may be in memory, when the disk fails. */
  hasMemory(bytes: number): boolean {
    return this.#inMemory + bytes <= MAX_MEMORY_BYTES;
  }

  /** Stops counting a body. May be called twice. */
  release(body: Account): void {
    this.#charged -= body.charged;
    this.#chargeClient(body.client, -body.charged);
    this.#inMemory -= body.inMemory;
    body.charged = 0;
    body.inMemory = 0;
  }

  /**
   * Counts bytes of a response whose client reads slowly. Responses may only use the first half of `total`: a request that is
   * rejected is worse than a worker that waits.
   *
   * @returns false if that exceeds the limit
   */
  holdResponse(bytes: number): boolean {
    if (this.#charged + bytes > this.limits.total / 2) return false;
    this.#charged += bytes;
    return true;
  }

  /** Stops counting bytes of a response. */
  releaseResponse(bytes: number): void {
    this.#charged -= bytes;
  }

  /**
   * Checks the Content-Length of a body before the client sends it.
   *
   * @throws {QuintetError} QUINTET_BODY_QUOTA if it would exceed a limit
   */
  checkAnnounced(bytes: number, client: string): void {
    if (bytes > this.limits.memory) this.#check(bytes, client);
  }

  #check(bytes: number, client: string): void {
    const { total } = this.limits;
    const own = client === "" ? 0 : (this.#chargedByClient.get(client) ?? 0);
    if (this.#charged + bytes > total) {
      const message = `request bodies hold ${this.#charged} bytes, this one adds ${bytes}, and spoolLimit is ${total}`;
      throw new QuintetError("QUINTET_BODY_QUOTA", message);
    }
    if (client !== "" && own + bytes > total / 2) {
      const message = `the bodies of ${client} hold ${own} bytes, this one adds ${bytes}, and one client may have half of spoolLimit, which is ${total}`;
      throw new QuintetError("QUINTET_BODY_QUOTA", message);
    }
  }
}
