/**
 * The Retry-After of every 503 that the server itself sends (RFC 9110, section 10.2.3). One second, because whatever causes a
 * 503 (a full queue, a lost worker, a full spool) may be over by then.
 */
export const RETRY_AFTER_SECONDS = "1";
