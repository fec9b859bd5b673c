import type { ServerResponse } from "node:http";
import { HAS_SERVER } from "../../wire/frames.ts";
import type { ResponseHead } from "../../wire/response-head.ts";
import { mergeHeaders } from "./merge-headers.ts";
import { type AddedHeaders, replaceHeaders } from "./path-headers.ts";

/**
 * Adds Content-Length to a response whose whole body is known, if the application has not set it. For HEAD and 304 the
 * application may leave out the body, so its length may be unknown.
 *
 * @param bodyBytes the length of the body
 */
export function addContentLength(
  { code, fields, length }: ResponseHead,
  bodyBytes: number,
  isHead: boolean,
): void {
  const isBodiless = code === 204 || code === 304 || isHead;
  if (length === null && !(isBodiless && bodyBytes === 0)) {
    fields.push("Content-Length", String(bodyBytes));
  }
}

/**
 * Completes the application's headers with those of the server, the setting `headers` and a framework in front.
 *
 * @param head its fields are changed in place
 * @param flags of the frame, see wire/frames.ts
 * @param response may have headers that a framework has set
 */
export function completeHead(
  { code, fields, length }: ResponseHead,
  flags: number,
  added: AddedHeaders | null,
  response: ServerResponse,
): void {
  if (!(flags & HAS_SERVER)) fields.push("Server", "quintet");
  if (code === 204 && length !== null) removeContentLength(fields);
  if (added !== null) replaceHeaders(fields, added);
  mergeHeaders(response, fields);
}

/** A 204 must not have a Content-Length (RFC 9110, section 8.6): a client may take the next response for its body. */
function removeContentLength(fields: string[]): void {
  for (let index = fields.length - 2; index >= 0; index -= 2) {
    if ((fields[index] as string).toLowerCase() === "content-length") fields.splice(index, 2);
  }
}
