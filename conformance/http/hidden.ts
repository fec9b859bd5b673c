import type { Bytes } from "./expect.ts";

/** The request that nobody is to run. */
export const second = (mark: string): string =>
  `GET /${mark}/smuggled HTTP/1.1\r\nHost: a.example\r\n\r\n`;

/** A POST with these lines, whose body holds a second request for who frames it otherwise. */
export const post =
  (lines: string[], body: (hidden: string) => string, version = "1.1"): Bytes =>
  (mark) =>
    [`POST /${mark} HTTP/${version}`, "Host: a.example", ...lines, "", body(second(mark))].join(
      "\r\n",
    );

/** By chunks the body ends at once; by its length it holds the second request. */
const lengthHides =
  (encoding: string): Bytes =>
  (mark) => {
    const body = `0\r\n\r\n${second(mark)}`;
    const lines = [`Content-Length: ${body.length}`, encoding];
    return post(lines, () => body)(mark);
  };

/** By its length the body ends early; by chunks it holds the second request. */
const chunksHide =
  (encoding: string): Bytes =>
  (mark) => {
    const hidden = second(mark);
    const size = hidden.length.toString(16);
    const body = `${size}\r\n${hidden}\r\n0\r\n\r\n`;
    return post([`Content-Length: ${size.length + 2}`, encoding], () => body)(mark);
  };

export const both = (encoding: string): Bytes[] => [lengthHides(encoding), chunksHide(encoding)];

/** A body that is chunked, with something odd in it. */
export const chunked = (body: (hidden: string) => string): Bytes =>
  post(["Transfer-Encoding: chunked"], body);
