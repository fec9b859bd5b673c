import { createServer, type Server } from "node:http";
import { maxHeadBytes, type RequestLimits } from "../request/request-limits.ts";

/**
 * A server of node:http, with a strict parser, and with limits that never apply before ours.
 *
 * @param keepAliveMs how long an idle connection is kept
 */
export function createHttpServer(keepAliveMs: number, limits: RequestLimits): Server {
  const server = createServer({
    keepAliveTimeout: keepAliveMs,
    // A whole request has no time limit: a body may take any time as long as it keeps arriving (bodyTimeout).
    requestTimeout: 0,
    headersTimeout: limits.headerTimeout,
    connectionsCheckingInterval: checkingIntervalMs(limits.headerTimeout),
    maxHeaderSize: maxHeadBytes(limits),
    // Overrides NODE_OPTIONS: a lenient parser may see two requests where a proxy sees one.
    insecureHTTPParser: false,
    // The request handler checks for Host, and logs what it rejects.
    requireHostHeader: false,
    noDelay: true,
  });
  // A client that has closed its side still gets its responses.
  (server as Server & { httpAllowHalfOpen: boolean }).httpAllowHalfOpen = true;
  // maxHeaderSize limits the head. Beyond a number of headers, some versions of Node drop the rest silently, and a proxy adds
  // its headers at the end.
  server.maxHeadersCount = 0;
  return server;
}

/** How often node:http checks for heads that take too long. Its default is 30 seconds. */
function checkingIntervalMs(timeoutMs: number): number {
  return Math.max(50, Math.min(1000, timeoutMs === 0 ? 1000 : Math.ceil(timeoutMs / 4)));
}
