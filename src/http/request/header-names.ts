/** What a header means to the server itself. Most mean nothing to it. */
type Meaning = "" | "length" | "coding" | "host" | "type" | "expect" | "upgrade" | "prefix";

/** How a header becomes a CGI variable. */
export interface HeaderName {
  /** The variable's name and a NUL; empty for a header that the application does not get. */
  key: string;
  /** Joins the values of a repeated header. */
  joiner: string;
  meaning: Meaning;
  /** The number of the last request that had this header, to detect a repeated header without a search. */
  lastRequest: number;
}

/** Records by name, in lower case and in each spelling seen so far. */
const cache = new Map<string, HeaderName>();
const MAX_CACHED = 2000;

/**
 * All spellings of a name share one record, so that `Cookie` and `cookie` in one request count as repeated.
 *
 * @param spelling the name as the client wrote it
 * @param request the number of the request
 */
export function headerName(spelling: string, request: number): HeaderName {
  return cache.get(spelling) ?? addToCache(spelling, request);
}

function addToCache(spelling: string, request: number): HeaderName {
  const lower = spelling.toLowerCase();
  const record = cache.get(lower) ?? classify(lower);
  if (cache.size < MAX_CACHED) {
    cache.set(lower, record);
    cache.set(spelling, record);
  } else {
    // A record outside the cache cannot detect repetition, so its header counts as repeated from the start.
    record.lastRequest = request;
  }
  return record;
}

const MEANINGS: Record<string, Meaning | undefined> = {
  __proto__: null as never,
  "content-length": "length",
  "content-type": "type",
  "transfer-encoding": "coding",
  host: "host",
  expect: "expect",
  upgrade: "upgrade",
  script_name: "prefix",
};

function classify(lower: string): HeaderName {
  const record: HeaderName = {
    key: "",
    joiner: ",",
    meaning: MEANINGS[lower] ?? "",
    lastRequest: 0,
  };
  if (lower === "content-length") record.key = "CONTENT_LENGTH\0";
  else if (lower === "content-type") record.key = "CONTENT_TYPE\0";
  // `a_b` and `a-b` would become the same variable, so a client could overwrite what a proxy has set. `Proxy` would become
  // HTTP_PROXY, which HTTP libraries obey (httpoxy).
  else if (!lower.includes("_") && lower !== "proxy" && lower !== "transfer-encoding") {
    record.key = `HTTP_${lower.toUpperCase().replaceAll("-", "_")}\0`;
    if (lower === "cookie") record.joiner = "; ";
  }
  return record;
}
