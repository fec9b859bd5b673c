import { framed, head, hidden, lenient, type Shape } from "./shape.ts";

// Shapes about the end of the head and the request's target.

/** Lines of a head; what stands in one of them may be taken for the end of the head, and the next line for a request. */
const inHead = (name: string, section: string, line: (hidden: string) => string): Shape => ({
  name,
  section,
  bytes: (mark) => [`${head(mark, [], "GET / HTTP/1.1").slice(0, -2)}${line(hidden(mark))}`],
  runs: "carrier",
});

const line = (name: string, first: string, runs: Shape["runs"] = "both"): Shape =>
  framed(name, "RFC 9112, 3", [], runs, first);

const fields = {
  "a NUL in a value": "X: 1\x002",
  "a NUL in a name": "X\x00: 1",
  "a control in a value": "X: 1\x012",
  "a control in a name": "X\x01: 1",
  "DEL in a value": "X: 1\x7f2",
  "a vertical tab in a value": "X: 1\x0b2",
  "a space before the colon": "X : 1",
  "a line without a colon": "X",
  "an empty name": ": 1",
  "a space in a name": "X Y: 1",
  "a bare CR in a value": "X: 1\r2",
  "a bare CR at the end": "X: 1\r",
  "two Hosts": "Host: b.example",
  "two Hosts, one folded": "X: 1\r\n Host: b.example",
  "a Host with a blank": "HOST : b.example",
};

export const headShapes: Shape[] = [
  ...[
    inHead("a bare LF for a line end", "RFC 9112, 2.2", (next) => `X: 1\n\n${next}`),
    inHead("LF CR LF", "RFC 9112, 2.2", (next) => `X: 1\n\r\n${next}`),
  ].map((shape) => lenient("LF alone may end a line (RFC 9112, 2.2)", shape)),
  inHead("two bare CR", "RFC 9112, 2.2", (next) => `X: 1\r\r${next}`),
  inHead("CR LF CR", "RFC 9112, 2.2", (next) => `X: 1\r\n\r${next}`),
  inHead("CR LF CR X", "RFC 9112, 2.2", (next) => `X: 1\r\n\rX${next}`),
  inHead("CR CR LF CR CR LF", "RFC 9112, 2.2", (next) => `X: 1\r\r\n\r\r\n${next}`),
  inHead("NUL for a line end", "RFC 9112, 2.2", (next) => `X: 1\x00\x00${next}`),
  inHead("a fold that holds a request", "RFC 9112, 5.2", (next) => `X: 1\r\n ${next}`),
  inHead("a fold with a tab", "RFC 9112, 5.2", (next) => `X: 1\r\n\t${next}`),
  inHead("a fold of nothing", "RFC 9112, 5.2", (next) => `X: 1\r\n \r\n${next}`),
  inHead("a fold behind the request line", "RFC 9112, 2.2", (next) => ` ${next}`),
  ...Object.entries(fields).map(([name, field]) =>
    framed(name, "RFC 9112, 5", [field], "both", "GET / HTTP/1.1"),
  ),
  line("line ends before the request line", "\r\n\r\nGET / HTTP/1.1"),
  line("two spaces in the line", "GET  / HTTP/1.1"),
  line("a tab in the line", "GET\t/ HTTP/1.1"),
  line("a vertical tab in the line", "GET\x0b/ HTTP/1.1"),
  line("a space behind the version", "GET / HTTP/1.1 "),
  line("two versions", "GET / HTTP/1.1 HTTP/1.1"),
  line("a bare CR behind the version", "GET / HTTP/1.1\r"),
  line("a NUL in the target", "GET /\x00x HTTP/1.1"),
  line("a fragment", "GET /#/x HTTP/1.1"),
  line("a version in lower case", "GET / http/1.1"),
  line("a version with a leading zero", "GET / HTTP/01.1"),
  line("HTTP/1.10", "GET / HTTP/1.10"),
  line("HTTP/2.0", "GET / HTTP/2.0"),
  line("no version", "GET /"),
  line("HTTP/0.9", "GET / HTTP/0.9"),
  line("a method in lower case", "get / HTTP/1.1"),
  line("a method with a colon", "GET: / HTTP/1.1"),
  {
    name: "an absolute target with another host",
    section: "RFC 9112, 3.2.2",
    bytes: (mark) => [
      `GET http://b.example/${mark}/carrier HTTP/1.1\r\nHost: a.example\r\n\r\n${hidden(mark)}`,
    ],
    runs: "both",
  },
  {
    name: "an absolute target with a user",
    section: "RFC 9110, 4.2.4",
    bytes: (mark) => [
      `GET http://a.example@b.example/${mark}/carrier HTTP/1.1\r\nHost: a.example\r\n\r\n`,
    ],
    runs: "carrier",
  },
  {
    name: "a request in the target",
    section: "RFC 9112, 3.2",
    bytes: (mark) => [
      `GET /${mark}/carrier HTTP/1.1%0d%0aHost:a%0d%0a%0d%0aGET /${mark}/hidden HTTP/1.1\r\nHost: a\r\n\r\n`,
    ],
    runs: "nothing",
  },
];
