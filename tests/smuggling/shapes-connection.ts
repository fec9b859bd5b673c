import { both, framed, head, hidden, type Shape } from "./shape.ts";

// What is said of the connection, and methods and expectations that make a body look like none.

const WITH_LENGTH = "Content-Length: {N}";

const methods: Shape[] = ["GET", "HEAD", "OPTIONS", "DELETE", "TRACE", "PUT"].flatMap((method) => [
  framed(`${method} with a body`, "RFC 9112, 6", [WITH_LENGTH], "carrier", `${method} / HTTP/1.1`),
  {
    name: `${method} with chunks`,
    section: "RFC 9112, 6",
    bytes: (mark) => {
      const data = hidden(mark);
      const lines = head(mark, ["Transfer-Encoding: chunked"], `${method} / HTTP/1.1`);
      return [`${lines}${data.length.toString(16)}\r\n${data}\r\n0\r\n\r\n`];
    },
    runs: "carrier",
  },
]);

/** Fields beside a length that covers the hidden request. */
const besideLength: Record<string, string[]> = {
  "an expectation, and the body comes anyway": ["Expect: 100-continue"],
  "an expectation that is unknown": ["Expect: wonders"],
  "two expectations": ["Expect: 100-continue", "Expect: wonders"],
  "an expectation in a body that is refused": [
    "Expect: 100-continue",
    "Content-Type: a",
    "Content-Type: b",
  ],
  "an offer of HTTP/2": [
    "Connection: Upgrade, HTTP2-Settings",
    "Upgrade: h2c",
    "HTTP2-Settings: AAMAAABkAAQ",
  ],
  "an offer of a websocket": [
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 777",
  ],
  "a Connection that names the length": ["Connection: keep-alive, Content-Length"],
  "a Connection that names the host": ["Connection: Host"],
  "a Connection that ends it": ["Connection: close"],
  "a Keep-Alive": ["Connection: keep-alive", "Keep-Alive: timeout=0, max=0"],
  "another method by a field": ["X-HTTP-Method-Override: GET"],
  "a type that has parts": ["Content-Type: multipart/form-data; boundary=x"],
};

/** An offer, the head of a POST in the same packet, and its body in the next one. */
const offer = (name: string, lines: string[], body = "", line = "GET / HTTP/1.1"): Shape => ({
  name: `${name}, and the head of a POST behind it`,
  section: "RFC 9110, 7.8",
  bytes: (mark) => {
    const data = hidden(mark);
    const post = `POST /${mark}/outer HTTP/1.1\r\nHost: a\r\nContent-Length: ${data.length}\r\n\r\n`;
    return [head(mark, lines, line) + body + post, data];
  },
  runs: "carrier",
});
const UPGRADE = ["Connection: Upgrade", "Upgrade: h2c"];

export const connectionShapes: Shape[] = [
  ...methods,
  ...Object.entries(besideLength).map(([name, lines]) =>
    framed(`a body beside ${name}`, "RFC 9112, 6.3", [...lines, WITH_LENGTH], "carrier"),
  ),
  framed(
    "HTTP/1.0 with a body",
    "RFC 9112, 6",
    [WITH_LENGTH, "Connection: keep-alive"],
    "carrier",
    "POST / HTTP/1.0",
  ),
  framed(
    "HTTP/1.0 with chunks",
    "RFC 9112, 6.1",
    ["Transfer-Encoding: chunked", "Connection: keep-alive"],
    "carrier",
    "POST / HTTP/1.0",
  ),
  framed("a POST without a length", "RFC 9112, 6.3", [], "both"),
  framed("a POST of nothing", "RFC 9112, 6.3", ["Content-Length: 0"], "both"),
  ...both("a Connection that names the coding", [
    "Transfer-Encoding: chunked",
    "Connection: Transfer-Encoding",
  ]),
  offer("an offer of HTTP/2", UPGRADE),
  offer("an offer of a websocket", ["Connection: keep-alive, Upgrade", "Upgrade: websocket"]),
  offer("an offer with a body", [...UPGRADE, "Content-Length: 2"], "ab", "POST / HTTP/1.1"),
  offer(
    "an offer with chunks",
    [...UPGRADE, "Transfer-Encoding: chunked"],
    "2\r\nab\r\n0\r\n\r\n",
    "POST / HTTP/1.1",
  ),
  offer("an offer of HTTP/1.0", [...UPGRADE, "Connection: keep-alive"], "", "GET / HTTP/1.0"),
  offer("an offer to HEAD", UPGRADE, "", "HEAD / HTTP/1.1"),
  offer("CONNECT", [], "", "CONNECT / HTTP/1.1"),
  offer("CONNECT with a length", ["Content-Length: 5"], "", "CONNECT / HTTP/1.1"),
  // If it is refused, no tunnel is open.
  framed("CONNECT to a host", "RFC 9110, 9.3.6", [], "both", "CONNECT a.example:80 HTTP/1.1"),
  framed("the preface of HTTP/2", "RFC 9113, 3.4", ["", "SM", ""], "carrier", "PRI / HTTP/2.0"),
  {
    name: "a body that the application does not read",
    section: "RFC 9112, 9.3",
    bytes: (mark) => [
      head(mark, [WITH_LENGTH]).replace("/carrier", "/carrier/unread") + hidden(mark),
    ],
    runs: "carrier",
  },
  {
    name: "a body of which nothing is read, in two packets",
    section: "RFC 9112, 9.3",
    bytes: (mark) => [
      head(mark, [WITH_LENGTH]).replace("/carrier", "/carrier/unread"),
      hidden(mark),
    ],
    runs: "carrier",
  },
  {
    name: "an expectation, and the body in the next packet",
    section: "RFC 9110, 10.1.1",
    bytes: (mark) => [
      head(mark, ["Expect: 100-continue", WITH_LENGTH]).replace("/carrier", "/carrier/unread"),
      hidden(mark),
    ],
    runs: "carrier",
  },
  {
    name: "a refusal, and the body in the next packet",
    section: "RFC 9112, 9.3",
    bytes: (mark) => [head(mark, [WITH_LENGTH, "Host: b"]), hidden(mark)],
    runs: "carrier",
  },
  {
    name: "a length beyond the limit, and the body in the next packet",
    section: "RFC 9112, 9.3",
    bytes: (mark) => [head(mark, ["Content-Length: 2000000"]), hidden(mark)],
    runs: "carrier",
  },
];
