import type { Case } from "../case.ts";
import { fail, outcome, refuses, same, serves } from "./expect.ts";
import { newMark, seen, send } from "./wire.ts";

const get = (path: string, ...lines: string[]): string =>
  [`GET /${path} HTTP/1.1`, "Host: a.example", ...lines, "", ""].join("\r\n");
const garbage = "this is no HTTP\r\n\r\n";

/** Connections: who closes them when, and what else is on them. */
export const connectionCases: Case[] = [
  {
    id: "half-closed",
    section: "RFC 9112, section 9.6",
    rule: "A client that half-closes its connection still gets the whole response.",
    async check(subject) {
      const { answer } = await serves(subject, (mark) => get(`${mark}?sleep=0.4&pad=300000`), {
        half: true,
      });
      if (!answer.whole) fail("the answer is cut short");
    },
  },
  {
    id: "close-honoured",
    section: "RFC 9112, section 9.6",
    rule: "After the response to a request with Connection: close, the server closes the connection, and announces it.",
    async check(subject) {
      const { answer, exchange } = await serves(subject, (mark) => get(mark, "Connection: close"), {
        answers: Number.POSITIVE_INFINITY,
      });
      if (!exchange.closed) fail("the connection stays open");
      same(answer.headers["connection"]?.toLowerCase(), "close", "Connection");
    },
  },
  {
    id: "bytes-after-close",
    section: "RFC 9112, section 9.6",
    rule: "Data after a request that closes the connection is ignored, and the response is complete.",
    async check(subject) {
      for (const behind of [get("MARK/smuggled"), garbage, "x".repeat(200_000)]) {
        const mark = newMark();
        const first = get(`${mark}?pad=500000&sleep=0.1`, "Connection: close");
        const exchange = await send(subject, first + behind.replace("MARK", mark), {
          answers: Number.POSITIVE_INFINITY,
        });
        if ((await seen(subject, mark)).length !== 1)
          fail("the application has not seen one request");
        const [answer] = exchange.answers;
        if (answer?.status !== 200 || !answer.whole) fail(`${outcome(exchange)}, not whole`);
        if (exchange.answers.length > 1) fail(outcome(exchange));
      }
    },
  },
  {
    id: "bytes-after-refused",
    section: "RFC 9112, sections 2.2 and 9.6",
    rule: "Requests pipelined after a refused one are not run, because it is unclear where they begin.",
    async check(subject) {
      const bad = "GET /bad HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n";
      const malformed = "GET /bad HTTP/1.1\r\nHost: a\r\nX Y: b\r\n\r\n";
      for (const refused of [bad, malformed, garbage]) {
        const mark = newMark();
        await send(subject, refused + get(`${mark}/smuggled`), { answers: 2, patience: 1500 });
        if ((await seen(subject, mark)).length > 0) fail("the application has seen it");
      }
    },
  },
  {
    id: "pipelining",
    section: "RFC 9112, section 9.3.2",
    rule: "Pipelined requests are answered in order (or the connection closes after some of them).",
    async check(subject) {
      const mark = newMark();
      const last = get(`${mark}/3`, "Connection: close");
      const all = get(`${mark}/1?sleep=0.2`) + get(`${mark}/2`) + last;
      const { answers } = await send(subject, all, { answers: Number.POSITIVE_INFINITY });
      if (answers.length === 0) fail("no answer");
      const paths = answers.map((each) => (JSON.parse(each.body) as { path: string }).path);
      same(paths, [`/${mark}/1`, `/${mark}/2`, `/${mark}/3`].slice(0, paths.length), "the order");
    },
  },
  {
    id: "continue",
    section: "RFC 9110, section 10.1.1",
    rule: "A client that expects 100-continue gets 100, or a final response, before it sends its body.",
    async check(subject) {
      const head = "Content-Length: 5\r\nExpect: 100-continue\r\n\r\n";
      const { exchange } = await serves(
        subject,
        (mark) => [`POST /${mark} HTTP/1.1\r\nHost: a.example\r\n${head}`, "hello"],
        { pause: 1000 },
      );
      if (!exchange.text.startsWith("HTTP/1.1 100 ")) fail("100 did not come first");
    },
  },
  {
    id: "continue-http10",
    section: "RFC 9110, section 10.1.1",
    rule: "An HTTP/1.0 client's expectation is ignored, because it does not know 1xx.",
    async check(subject) {
      const head = "Content-Length: 5\r\nExpect: 100-continue\r\n\r\nhello";
      const { exchange } = await serves(subject, (mark) => `POST /${mark} HTTP/1.0\r\n${head}`);
      if (/^HTTP\/1\.[01] 1/.test(exchange.text)) fail("1xx came");
    },
  },
  {
    id: "expectation-unknown",
    section: "RFC 9110, section 10.1.1",
    rule: "An expectation other than 100-continue may get 417; the request never hangs.",
    async check(subject) {
      const mark = newMark();
      const exchange = await send(subject, get(mark, "Expect: wonders"));
      const status = exchange.answers[0]?.status;
      if (status !== 417 && status !== 200) fail(outcome(exchange));
    },
  },
  {
    id: "upgrade-ignored",
    section: "RFC 9110, section 7.8",
    rule: "A request with an upgrade offer that the server does not accept is answered like any other.",
    async check(subject) {
      const offer = [
        "Connection: Upgrade, HTTP2-Settings",
        "Upgrade: h2c",
        "HTTP2-Settings: AAMAAABkAAQ",
      ];
      const { exchange } = await serves(subject, (mark) => get(mark, ...offer));
      if (exchange.text.startsWith("HTTP/1.1 101")) fail("101 came");
    },
  },
  {
    id: "date",
    section: "RFC 9110, section 6.6.1",
    rule: "A response has a Date in the preferred format.",
    async check(subject) {
      const { answer } = await serves(subject, get);
      const date = answer.headers["date"] ?? "";
      if (!/^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/.test(date)) fail(`Date is ${date}`);
    },
  },
  {
    id: "head-bodiless",
    section: "RFC 9110, section 9.3.2",
    rule: "A response to HEAD has no body, and the connection stays usable.",
    async check(subject) {
      const mark = newMark();
      const next = get(`${mark}/2`, "Connection: close");
      const both = `HEAD /${mark}/1 HTTP/1.1\r\nHost: a.example\r\n\r\n${next}`;
      const options = { answers: Number.POSITIVE_INFINITY, methods: ["HEAD"] };
      const { answers, text } = await send(subject, both, options);
      if (answers[0]?.status !== 200) fail(`HEAD got ${answers[0]?.status}`);
      if (/\r\n\r\n[^H]/.test(text.slice(0, text.indexOf("\r\n\r\n") + 5))) fail("a body came");
    },
  },
  {
    id: "http10-answer",
    section: "RFC 9112, section 6.1",
    rule: "A response to an HTTP/1.0 client has no Transfer-Encoding, and the connection closes after it.",
    async check(subject) {
      const { answer, exchange } = await serves(
        subject,
        (mark) => `GET /${mark} HTTP/1.0\r\n\r\n`,
        {
          answers: Number.POSITIVE_INFINITY,
        },
      );
      if (answer.headers["transfer-encoding"] !== undefined) fail("it is chunked");
      if (!exchange.closed) fail("the connection stays open");
    },
  },
  {
    id: "refused-closes",
    section: "RFC 9112, section 9.6",
    rule: "After a 400 for invalid HTTP, the server closes the connection.",
    async check(subject) {
      await refuses(subject, () => garbage);
      const exchange = await send(subject, garbage, { answers: Number.POSITIVE_INFINITY });
      if (!exchange.closed) fail(outcome(exchange));
    },
  },
];
