// start_response: when it is called, what it is given, and excInfo.
import type { HeaderList, StartResponse } from "quintet/wsgi";
import { bytes, PLAIN, type View, type Visit } from "./visit.ts";

/** What these views throw. */
class Trouble extends Error {
  override name = "Trouble";
}

const hello: View = (_visit, _environ, startResponse) => {
  startResponse("200 OK", [...PLAIN, ["Content-Length", "6"]]);
  return [bytes("hello\n")];
};

const FIRST: Record<string, [string, HeaderList]> = {
  plain: ["200 First", [...PLAIN, ["X-First", "1"], ["Set-Cookie", "first=1"]]],
  length: ["200 First", [...PLAIN, ["Content-Length", "3"]]],
  bodiless: ["204 First", []],
};

const second: HeaderList = [...PLAIN, ["X-Second", "2"]];

function restart(visit: Visit, startResponse: StartResponse): void {
  try {
    startResponse("500 Second", PLAIN, new Trouble("too late"));
  } catch (error) {
    visit.note(`raised ${(error as Error).name}`);
    throw error;
  }
  visit.note("accepted");
}

const HEADS: Record<string, [string, HeaderList]> = {
  cookies: ["200 OK", [...PLAIN, ["Set-Cookie", "a=1"], ["X-Between", "x"], ["set-cookie", "b=2"]]],
  latin: ["200 OK", [...PLAIN, ["X-Name", "J\u00FCrgen"]]],
  reason: ["200 Froody", PLAIN],
  unusual: ["299 Unusual", PLAIN],
  date: ["200 OK", [...PLAIN, ["dATE", "Tue, 15 Nov 1994 08:12:31 GMT"]]],
  server: ["200 OK", [...PLAIN, ["sERVER", "mine/1.0"]]],
  length: ["200 OK", [...PLAIN, ["content-LENGTH", "4"]]],
  type: ["200 OK", [["content-TYPE", "text/x-mine"]]],
  coded: [
    "200 OK",
    [...PLAIN, ["Content-Encoding", "x-mine"], ["ETag", '"a"'], ["Cache-Control", "no-store"]],
  ],
};

/** Python's None and bytes have their like here; all go past the types. */
const value = (each: unknown): [unknown, unknown] => ["200 OK", [...PLAIN, ["X-Bad", each]]];
const name = (each: unknown): [unknown, unknown] => ["200 OK", [...PLAIN, [each, "1"]]];
const hop = (each: string): [unknown, unknown] => [
  "200 OK",
  [...PLAIN, [each, each === "Transfer-Encoding" ? "chunked" : "close"]],
];

const REFUSED: Record<string, [unknown, unknown]> = {
  crlf: value("a\r\nX-Evil: 1"),
  cr: value("a\rb"),
  lf: value("a\nX-Evil: 1"),
  nul: value("a\0b"),
  bell: value("a\u0007b"),
  del: value("a\u007Fb"),
  trailing: value("a\r\n"),
  "name-crlf": name("X-Bad\r\nX-Evil"),
  "name-space": name("X Bad"),
  "name-colon": name("X-Bad:"),
  "name-empty": name(""),
  "status-crlf": ["200 OK\r\nX-Evil: 1", PLAIN],
  "status-lf": ["200 OK\n", PLAIN],
  "status-nul": ["200 O\0K", PLAIN],
  "status-word": ["OK", PLAIN],
  "status-short": ["20 OK", PLAIN],
  "status-number": [200, PLAIN],
  "status-bytes": [bytes("200 OK"), PLAIN],
  "status-wide": ["200 \u20AC", PLAIN],
  wide: value("\u20AC"),
  "name-wide": name("X-\u20AC"),
  number: value(5),
  none: value(null),
  bytes: value(bytes("a")),
  "name-bytes": name(bytes("X-Bad")),
  connection: hop("Connection"),
  "keep-alive": hop("Keep-Alive"),
  "proxy-authenticate": hop("Proxy-Authenticate"),
  "proxy-authorization": hop("Proxy-Authorization"),
  te: hop("TE"),
  trailers: hop("Trailers"),
  "transfer-encoding": hop("Transfer-Encoding"),
  upgrade: hop("Upgrade"),
};

export const headViews: Record<string, View> = {
  "": hello,
  hello,
  "write-callable"(visit, _environ, startResponse) {
    const write: unknown = startResponse("200 OK", PLAIN);
    visit.note(typeof write === "function" ? "True" : "False");
    return [bytes("body")];
  },
  *lazy(_visit, _environ, startResponse) {
    startResponse("200 OK", [...PLAIN, ["X-Lazy", "yes"]]);
    yield bytes("lazy");
  },
  delayed(visit, _environ, startResponse) {
    startResponse("200 OK", PLAIN);
    visit.note("working");
    visit.seen();
    return [bytes("body")];
  },
  *"empty-first"(visit, _environ, startResponse) {
    startResponse("200 OK", PLAIN);
    yield bytes("");
    visit.note("working");
    visit.seen();
    yield bytes("body");
  },
  replaced(visit, _environ, startResponse) {
    const [kind = "", times] = visit.arguments;
    startResponse(...(FIRST[kind] as [string, HeaderList]));
    for (let time = 0; time < Number(times); time += 1) {
      startResponse("500 Second", [...second], new Trouble("seen to"));
    }
    return [bytes("the error page")];
  },
  *"replaced-lazily"(_visit, _environ, startResponse) {
    startResponse(...(FIRST.plain as [string, HeaderList]));
    yield bytes("");
    startResponse("500 Second", [...second], new Trouble("seen to"));
    yield bytes("the error page");
  },
  "exc-info-first"(_visit, _environ, startResponse) {
    startResponse("500 Second", PLAIN, new Trouble("before there was a response"));
    return [bytes("the error page")];
  },
  *late(visit, _environ, startResponse) {
    startResponse("200 OK", PLAIN);
    yield bytes("begun\n");
    visit.seen();
    restart(visit, startResponse);
    yield bytes("ended as if nothing was\n");
  },
  "late-write"(visit, _environ, startResponse) {
    startResponse("200 OK", PLAIN)(bytes("begun\n"));
    visit.seen();
    restart(visit, startResponse);
    return [bytes("ended as if nothing was\n")];
  },
  second(visit, _environ, startResponse) {
    startResponse("200 First", PLAIN);
    visit.attempt(() => startResponse("200 Second", PLAIN));
    return [bytes("body")];
  },
  "second-after-error"(visit, _environ, startResponse) {
    try {
      startResponse("200 First", [["X Bad\r\n", "a\r\nb"]]);
    } catch {
      visit.note("first raised");
    }
    visit.attempt(() => startResponse("200 Second", PLAIN));
    return [bytes("body")];
  },
  silent: () => [bytes("without start_response")],
  heads(visit, _environ, startResponse) {
    startResponse(...(HEADS[visit.arguments[0] as string] as [string, HeaderList]));
    return [bytes("body")];
  },
  refused(visit, _environ, startResponse) {
    try {
      startResponse(...(REFUSED[visit.arguments[0] as string] as [string, HeaderList]));
    } catch (error) {
      visit.note(`raised ${String(error)}`);
      startResponse("500 Refused", PLAIN, error as Error);
      return [bytes("refused")];
    }
    visit.note("accepted");
    return [bytes("accepted")];
  },
};
