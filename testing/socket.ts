import { connect, type Socket } from "node:net";
import { PATIENCE } from "./wait.ts";

/** A connection on which a test reads and writes raw bytes. */
export interface RawConnection {
  socket: Socket;
  write(data: string | Buffer): void;
  /** Everything received so far, as latin-1. */
  received(): string;
  /** Wait until the received data matches. */
  receives(
    fits: RegExp | string | ((text: string) => boolean),
    milliseconds?: number,
  ): Promise<string>;
  /** Resolves when the other side has closed, with everything received, and "end" or an error code such as ECONNRESET. */
  closed(milliseconds?: number): Promise<{ how: string; text: string }>;
  destroy(): void;
}

/**
 * @param to a port of 127.0.0.1, or the path of a unix socket
 * @param from the address of the client, such as 127.0.0.2
 */
export async function raw(to: number | string, from?: string): Promise<RawConnection> {
  const socket =
    typeof to === "number"
      ? connect({ port: to, host: "127.0.0.1", localAddress: from })
      : connect(to);
  let text = "";
  let how: string | null = null;
  const listeners = new Set<() => void>();
  const wake = (): void => {
    for (const each of listeners) each();
  };
  socket.on("data", (chunk) => {
    text += chunk.toString("latin1");
    wake();
  });
  socket.on("error", (error: NodeJS.ErrnoException) => (how ??= error.code ?? "error"));
  socket.on("end", () => (how ??= "end"));
  socket.on("close", () => {
    how ??= "close";
    wake();
  });
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", reject);
  });
  const wait = <T>(get: () => T | undefined, what: string, milliseconds: number): Promise<T> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const value = get();
        if (value === undefined) return;
        clearTimeout(timer);
        listeners.delete(look);
        resolve(value);
      };
      const timer = setTimeout(() => {
        listeners.delete(look);
        reject(
          new Error(
            `${what} not within ${milliseconds} ms; received: ${JSON.stringify(text.slice(-2000))}`,
          ),
        );
      }, milliseconds);
      listeners.add(look);
      look();
    });
  return {
    socket,
    write: (data) => void socket.write(data),
    received: () => text,
    receives: (fits, milliseconds = PATIENCE) =>
      wait(() => (isIn(text, fits) ? text : undefined), String(fits), milliseconds),
    closed: (milliseconds = PATIENCE) =>
      wait(
        () => (socket.closed && how ? { how, text } : undefined),
        "end of the connection",
        milliseconds,
      ),
    destroy: () => void socket.destroy(),
  };
}

function isIn(text: string, fits: RegExp | string | ((text: string) => boolean)): boolean {
  if (typeof fits === "string") return text.includes(fits);
  return typeof fits === "function" ? fits(text) : fits.test(text);
}
