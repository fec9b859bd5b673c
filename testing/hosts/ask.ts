import { PATIENCE } from "../wait.ts";

/**
 * fetch() on a connection of its own: some servers end a connection after a response without having said so, and a
 * request that is just then sent on it is lost.
 */
export async function ask(url: string, init: RequestInit = {}): Promise<Response> {
  const headers = { ...(init.headers as Record<string, string>), connection: "close" };
  return await fetch(url, { ...init, headers, signal: AbortSignal.timeout(PATIENCE) });
}
