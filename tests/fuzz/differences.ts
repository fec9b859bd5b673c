import type { Difference } from "./compare.ts";
import type { Seen } from "./targets.ts";

/** A kind of difference from Gunicorn 27 that is intended or accepted. */
interface Known {
  /** The difference, and the reason. */
  why: string;
  /** The section that requires or allows it. */
  section: string;
  fits(difference: Difference): boolean;
}

const reason =
  (pattern: RegExp) =>
  (difference: Difference): boolean =>
    pattern.test(difference.reason);

/** Requests that Gunicorn passes on and we refuse, by the reason in our log. */
const stricter: Known[] = [
  {
    why: "A request without a Host, or with one that is no host, could be for anybody. Gunicorn looks at its number only.",
    section: "RFC 9112, 3.2; RFC 3986, 3.2.2",
    fits: reason(/\bHost\b/),
  },
  {
    why: "The host of an absolute target takes the place of Host, and has to be one; user information is an attack.",
    section: "RFC 9110, 4.2.4; RFC 9112, 3.2.2",
    fits: reason(/host of the target/),
  },
  {
    why: "A target is a path, or the absolute form of http or https. Gunicorn takes every scheme, and * with any method.",
    section: "RFC 9112, 3.2",
    fits: reason(/request target .* is not a path|char in url/),
  },
  {
    why: "A fragment is no part of any target. Gunicorn cuts it off, a proxy in front may not.",
    section: "RFC 9112, 3.2",
    fits: reason(/fragment/),
  },
  {
    why: "A NUL in the path ends it for the functions of C that a path is handed to. Gunicorn decodes it.",
    section: "RFC 3986, 7.3",
    fits: reason(/NUL/),
  },
  {
    why: "Methods are those that llhttp knows; CONNECT is for proxies. Gunicorn takes any upper-case token.",
    section: "RFC 9110, 9.1",
    fits: reason(
      /Invalid method|CONNECT|space after method|HTTP\/2 Connection Preface|Expected SOURCE method/,
    ),
  },
  {
    why: "Versions are 1.0 and 1.1. Gunicorn takes 1.2 to 1.9, which do not exist.",
    section: "RFC 9112, 2.3",
    fits: reason(/HTTP version|the version is/),
  },
  {
    why: "A length has a limit, and 64 bits. Gunicorn waits for so many bytes, and runs the request with those it got.",
    section: "RFC 9110, 8.6 and 15.5.14",
    fits: reason(/Content-Length overflow|Chunk size overflow|the body has \d+ bytes/),
  },
  {
    why: "A body that did not come whole is none. Gunicorn runs the request with what came before the client left.",
    section: "RFC 9112, 8",
    fits: ({ reason: why, seen }) =>
      (why === "" || /EOF state/.test(why)) &&
      seen.headers.CONTENT_LENGTH !== undefined &&
      seen.body.length < Number(seen.headers.CONTENT_LENGTH),
  },
  {
    why: "The transfer coding is a single chunked. Gunicorn lets gzip and identity stand before it, and decodes neither.",
    section: "RFC 9112, 6.1",
    fits: reason(/Transfer-Encoding/),
  },
  {
    why: "llhttp has no whitespace around the ; and = of a chunk extension, which nobody sends and attacks use.",
    section: "RFC 9112, 7.1.1",
    fits: ({ reason: why, bytes }) =>
      /chunk (size|extensions)/.test(why) && /[ \t][;=]|[;=][ \t]/.test(bytes),
  },
  {
    why: "Close may stand in a list, or in a second Connection. Gunicorn looks at the first alone, and goes on.",
    section: "RFC 9110, 7.6.1; RFC 9112, 9.6",
    fits: ({ reason: why, bytes }) => why === "" && /^connection:.*\bclose\b/im.test(bytes),
  },
  {
    why: "Who expects 100 and gets an answer instead may send the body or not: node:http closes. Gunicorn sends 100 always.",
    section: "RFC 9110, 10.1.1",
    fits: ({ reason: why, bytes }) => why === "" && /^expect: *100-continue\r$/im.test(bytes),
  },
  {
    why: "An offer to upgrade is passed over, and is the last request of its connection: node:http would lose what follows it.",
    section: "RFC 9110, 7.8",
    fits: ({ reason: why, bytes }) => why === "" && /^upgrade:/im.test(bytes),
  },
  {
    why: "More fields are forbidden in trailers: those that frame, route, authenticate, or describe the body.",
    section: "RFC 9110, 6.5.1",
    fits: reason(/is not allowed in trailers/),
  },
];

/** Requests that Gunicorn refuses and we pass on, by Gunicorn's reason. */
const laxer: Known[] = [
  {
    why: "llhttp skips any line ends before the request line; Gunicorn takes one CRLF. They belong to no request.",
    section: "RFC 9112, 2.2",
    fits: ({ reason: why, bytes }) =>
      /Invalid (Method|Request Line)/.test(why) &&
      /(^|\n\r?|[^\r])[\r\n]+[A-Z-]+ +\S+ +(HTTP|RTSP)/.test(bytes),
  },
  {
    why: "llhttp takes more than one space between the parts of the request line. None of them can be part of a target.",
    section: "RFC 9112, 3",
    fits: ({ reason: why, bytes }) =>
      /Invalid (HTTP Version|Request Line)/.test(why) &&
      /^[A-Z-]+ +\S+ +HTTP\/1\.[01]\r?$/m.test(bytes) &&
      / {2}/.test(bytes),
  },
  {
    why: "llhttp takes RTSP/1.0 for HTTP/1.0 where RTSP knows the method, and node:http does not show which it was.",
    section: "RFC 9112, 2.3",
    fits: reason(/Invalid HTTP Version: ' *RTSP\/1\.[01]'/),
  },
  {
    why: "HTTP/1.0 knows no expectations, and its server ignores them.",
    section: "RFC 9110, 10.1.1",
    fits: ({ reason: why, seen }) =>
      /comply with expectation/.test(why) && seen.protocol === "HTTP/1.0",
  },
  {
    why: "llhttp takes a chunk extension without a name. Extensions are ignored; only where they end is of interest.",
    section: "RFC 9112, 7.1.1",
    fits: reason(/Invalid chunk extension: invalid chunk extension/),
  },
];

/** Why the two servers differ here, if the reason is known. */
export function known(difference: Difference): Known | undefined {
  if (difference.kind === "shows") return undefined;
  return (difference.kind === "laxer" ? laxer : stricter).find((each) => each.fits(difference));
}

/** Converts what Gunicorn shows the application to what we show; each change has its reason. */
export function translate(theirs: Seen): Seen {
  const headers = { ...theirs.headers };
  let { path } = theirs;
  if ("HTTP_TRANSFER_ENCODING" in headers) {
    // The front has the whole body, so a chunked one has a length. Without it Django sees none.
    delete headers.HTTP_TRANSFER_ENCODING;
    headers.CONTENT_LENGTH = String(theirs.body.length);
  }
  // It would become a variable that HTTP libraries obey (httpoxy, CVE-2016-5385).
  delete headers.HTTP_PROXY;
  // PATH_INFO is empty or begins with a slash (RFC 3875, 4.1.5); of `*` the path is empty (RFC 9112, 3.3).
  if (theirs.target === "*") path = "";
  const absolute = /^https?:\/\/([^/?]*)/i.exec(theirs.target);
  if (absolute) {
    // The target goes before Host (RFC 9112, 3.2.2), and an empty path is the root (RFC 9110, 4.2.3).
    headers.HTTP_HOST = absolute[1] as string;
    path ||= "/";
  }
  return { ...theirs, headers, path };
}
