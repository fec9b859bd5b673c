/** Bytes that two parsers may read as different requests. */
export interface Shape {
  name: string;
  /** By the section of RFC 9112 (or 9110) that decides. */
  section: string;
  /** The first packet, and what follows once it has been read. The targets of all requests contain `mark`. */
  bytes(mark: string): string[];
  /** What a strict reader may run of `carrier` and `hidden`; it may run less. */
  runs: "carrier" | "both" | "nothing";
  /** Why a proxy may turn it into two requests, which then count as two. */
  proxy?: string;
}

const HOST = "Host: a.example";

/** The part that only a misreading of the first request treats as a second request. */
export const hidden = (mark: string): string => `GET /${mark}/hidden HTTP/1.1\r\n${HOST}\r\n\r\n`;

/** The head of the first request. `{N}` in a line stands for the length of the hidden request. */
export function head(mark: string, lines: string[], line = "POST / HTTP/1.1"): string {
  const length = String(hidden(mark).length);
  const filled = lines.map((each) => each.replaceAll("{N}", length));
  return [line.replace(/(?<!http)\//i, `/${mark}/carrier`), HOST, ...filled, "", ""].join("\r\n");
}

/** Fields that frame a body which is the hidden request. */
export const framed = (
  name: string,
  section: string,
  lines: string[],
  runs: Shape["runs"],
  line?: string,
): Shape => ({
  name,
  section,
  bytes: (mark) => [head(mark, lines, line) + hidden(mark)],
  runs,
});

/** A chunked body made of what it is given; `data` is a chunk that holds the hidden request. */
export const chunks = (
  name: string,
  runs: Shape["runs"],
  body: (hidden: string, size: string) => string,
  lines: string[] = ["Transfer-Encoding: chunked"],
): Shape => ({
  name,
  section: "RFC 9112, 7.1",
  bytes: (mark) => {
    const data = hidden(mark);
    return [head(mark, lines) + body(data, data.length.toString(16))];
  },
  runs,
});

/**
 * By its chunks the body ends at once, by its length behind the hidden request; and the other way round.
 *
 * @param byLength what the second runs where the length counts: "both" if the field is not Transfer-Encoding
 */
export function both(
  name: string,
  lines: string[],
  runs: Shape["runs"] = "carrier",
  byLength: Shape["runs"] = runs,
): Shape[] {
  const section = "RFC 9112, 6.1 and 6.3";
  return [
    {
      name: `${name}: the length hides it`,
      section,
      bytes: (mark) => {
        const body = `0\r\n\r\n${hidden(mark)}`;
        return [head(mark, [`Content-Length: ${body.length}`, ...lines]) + body];
      },
      runs,
    },
    {
      name: `${name}: the chunks hide it`,
      section,
      bytes: (mark) => {
        const size = hidden(mark).length.toString(16);
        const body = `${size}\r\n${hidden(mark)}\r\n0\r\n\r\n`;
        return [head(mark, [`Content-Length: ${size.length + 2}`, ...lines]) + body];
      },
      runs: byLength,
    },
  ];
}

/** A shape that a proxy may turn into two requests. */
export const lenient = (proxy: string, shape: Shape): Shape => ({ ...shape, proxy });
