import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { gunicorn } from "../../peers/gunicorn.ts";
import { peersPython } from "../../peers/environment.ts";
import { root } from "../../testing/paths.ts";
import { hostEnvironment } from "../../testing/python-server.ts";
import { refused } from "../../testing/refused.ts";
import { serve } from "../../testing/serve.ts";
import { folderWith } from "../../testing/temp.ts";

const hello = `
import functools


def answer(text, start_response):
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8")])
    return [text.encode()]


def create_app(*args, **kwargs):
    def application(environ, start_response):
        return answer("made with %r %r" % (args, kwargs), start_response)
    return application


def make_app(name="shop", *, debug=False):
    return create_app(name, debug=debug)


def plain():
    return create_app("plain")


def needs(config):
    return create_app(config)


def optional(config=None, testing=False):
    return create_app(config, testing)


def empty():
    pass


def number():
    return 5


def raises():
    raise KeyError("SHOP_DATABASE")


def mistaken():
    return create_app() + 1


def mistyped():
    return len()


def nested():
    return plain


async def late():
    return plain()


async def asgi(scope, receive, send):
    pass


def asgi_sync(scope, receive, send):
    return asgi(scope, receive, send)


def asgi_two(scope):
    return asgi


def make_asgi():
    return asgi


class Asgi:
    async def __call__(self, scope, receive, send):
        pass


asgi_object = Asgi()
asgi_partial = functools.partial(asgi)


async def stream(environ, start_response):
    yield b""


def view(request):
    return "page"


def adapter(view):
    # As werkzeug's Request.application does.
    @functools.wraps(view)
    def application(*args):
        return answer("adapted", args[-1])
    return application


adapted = adapter(view)
adapted_zero = adapter(plain)
text = "text"


class Site:
    def __call__(self, environ, start_response):
        return answer("a site", start_response)

    def main(self, environ, start_response):
        return answer("a method", start_response)

    @classmethod
    def build(cls):
        return cls()


class Response:
    def __init__(self, environ, start_response):
        self.start_response = start_response

    def __iter__(self):
        return iter(answer("an iterable", self.start_response))


site = Site()
partial = functools.partial(lambda prefix, environ, start_response: answer(prefix, start_response), "partial")
anything = lambda *args: answer("anything", args[1])
application = plain()
`;

/** What becomes of each expression: what it answers, or the kind of error. */
const script = `
import json, sys
messages = {}

def outcome(load, target):
    try:
        application = load(target)
    except Exception as error:
        if load is ours:
            messages[target] = str(error)
        return getattr(error, "code", "") or "refused"
    try:
        return b"".join(application({}, lambda *_: None)).decode()
    except Exception as error:
        return "500"

targets = json.loads(sys.argv[1])
from quintet.wsgi.loader import load as ours
from gunicorn.util import import_app as theirs
outcomes = [[outcome(ours, each), outcome(theirs, each)] for each in targets]
print(json.dumps([outcomes, messages]))
`;

const made = (args: string, kwargs = "{}"): string => `made with ${args} ${kwargs}`;

/** Those that Gunicorn serves, or refuses at the start, as we do; and what comes of them. */
const same: [expression: string, answer: string][] = [
  ["", made("('plain',)")],
  [":application", made("('plain',)")],
  [":create_app()", made("()")],
  [
    ":create_app('shop', 2, None, [1, {'a': (-1.5, b'x')}])",
    made("('shop', 2, None, [1, {'a': (-1.5, b'x')}])"),
  ],
  [':create_app(debug=True, name="a:b, (c)")', made("()", "{'debug': True, 'name': 'a:b, (c)'}")],
  [":create_app ( 'é日' )", made("('é日',)")],
  [":make_app('x', debug=True)", made("('x',)", "{'debug': True}")],
  [":needs('production')", made("('production',)")],
  [":optional()", made("(None, False)")],
  [":optional", "500"],
  [":site", "a site"],
  [":Response", "an iterable"],
  [":partial", "partial"],
  [":anything", "anything"],
  [":adapted", "adapted"],
  [":adapted_zero", "adapted"],
  [":text", "QUINTET_NO_APPLICATION"],
  [":nothing", "QUINTET_NO_APPLICATION"],
  [":needs()", "QUINTET_NO_APPLICATION"],
  [":plain(1)", "QUINTET_NO_APPLICATION"],
  [":empty()", "QUINTET_NO_APPLICATION"],
  [":number()", "QUINTET_NO_APPLICATION"],
  [":create_app(text)", "QUINTET_NO_APPLICATION"],
  [":create_app(f'{text}')", "QUINTET_NO_APPLICATION"],
  [":create_app(*['a'])", "QUINTET_NO_APPLICATION"],
  [":create_app(**{})", "QUINTET_NO_APPLICATION"],
  [":create_app()()", "QUINTET_NO_APPLICATION"],
  [":create_app(", "QUINTET_NO_APPLICATION"],
  [":text[0]", "QUINTET_NO_APPLICATION"],
  [":1", "QUINTET_NO_APPLICATION"],
  [":raises()", "QUINTET_FACTORY_FAILED"],
  [":mistaken()", "QUINTET_FACTORY_FAILED"],
];

/** Those that Gunicorn refuses, or answers each request of with 500. */
const more: [expression: string, answer: string][] = [
  [":plain", made("('plain',)")],
  [":Site", "a site"],
  [":Site.build", "a site"],
  [":Site.build()", "a site"],
  [":site.main", "a method"],
  [":raises", "QUINTET_FACTORY_FAILED"],
  [":mistyped", "QUINTET_FACTORY_FAILED"],
  [":late", "QUINTET_NOT_WSGI"],
  [":late()", "QUINTET_NO_APPLICATION"],
  [":nested", "QUINTET_NOT_WSGI"],
  [":needs", "QUINTET_NOT_WSGI"],
  [":view", "QUINTET_NOT_WSGI"],
  [":asgi", "QUINTET_NOT_WSGI"],
  [":asgi_sync", "QUINTET_NOT_WSGI"],
  [":asgi_two", "QUINTET_NOT_WSGI"],
  [":asgi_object", "QUINTET_NOT_WSGI"],
  [":asgi_partial", "QUINTET_NOT_WSGI"],
  [":Asgi", "QUINTET_NOT_WSGI"],
  [":make_asgi", "QUINTET_NOT_WSGI"],
  [":make_asgi()", "QUINTET_NOT_WSGI"],
  [":stream", "QUINTET_NOT_WSGI"],
];

test(
  "each form of a target is served, or refused at the start, as Gunicorn does",
  { skip: gunicorn.skip },
  () => {
    const all = [...same, ...more].map(([expression]) => `hello${expression}`);
    const { stdout, stderr } = spawnSync(peersPython, ["-c", script, JSON.stringify(all)], {
      cwd: folderWith({ "hello.py": hello }),
      env: hostEnvironment(),
      encoding: "utf8",
    });
    assert.notEqual(stdout, "", stderr);
    const [found, messages] = JSON.parse(stdout) as [[string, string][], Record<string, string>];
    const outcomes = found.map(([ours, theirs], index) => [all[index], ours, theirs]);
    const kind = (answer: string): string => (answer.startsWith("QUINTET_") ? "refused" : answer);
    const expected = [
      ...same.map(([expression, answer]) => [`hello${expression}`, answer, kind(answer)]),
      ...more.map(([expression, answer], index) => {
        const theirs = outcomes[same.length + index]?.[2] as string;
        assert.match(theirs, /^(500|refused)$/, expression);
        return [`hello${expression}`, answer, theirs];
      }),
    ];
    assert.deepEqual(outcomes, expected);
    assert.match(
      messages["hello:needs"] ?? "",
      /^hello:needs is called with \(config\).*\(environ, start_response\).*create_app\('production'\)/,
    );
    // It may be a factory or an application.
    assert.match(
      stderr,
      /^quintet: hello:optional\(config=None, testing=False\) is served as a WSGI application\. If it is a factory, say so: hello:optional\(\)$/m,
    );
  },
);

test("a factory is served with its arguments, or without brackets if it needs none", async (t) => {
  const cwd = folderWith({ "hello.py": hello });
  for (const [target, answer] of [
    ["hello:create_app('a:b', debug=True)", made("('a:b',)", "{'debug': True}")],
    ["hello:plain", made("('plain',)")],
  ] as const) {
    const server = await serve(t, target, { cwd });
    assert.equal(await (await fetch(server.url)).text(), answer);
    await server.logged((line) => line.msg?.startsWith(`${target}: `) === true);
  }
});

test("getPythonApplication takes a factory, too, also behind middleware", async (t) => {
  const wsgi = `import { getPythonApplication } from "quintet/python";
const first = getPythonApplication("hello:create_app('é日', [1])");
const second = getPythonApplication("hello:plain");
export const application = (environ, startResponse) =>
  environ.PATH_INFO === "/second" ? second(environ, startResponse) : first(environ, startResponse);
`;
  const cwd = folderWith({
    "hello.py": hello,
    "wsgi.ts": wsgi,
    "package.json": '{"type": "module"}',
  });
  const server = await serve(t, "wsgi.ts", { cwd });
  assert.equal(await (await fetch(server.url)).text(), made("('é日', [1])"));
  assert.equal(await (await fetch(`${server.url}/second`)).text(), made("('plain',)"));
  const code = `import wsgi; print(b"".join(wsgi.application({"REQUEST_METHOD": "GET"}, print)).decode())`;
  const { stdout, stderr } = spawnSync(peersPython, ["-c", code], {
    cwd: folderWith({
      "hello.py": hello,
      "wsgi.ts": wsgi
        .slice(0, wsgi.indexOf("export"))
        .replace("const first", "export const application"),
      "wsgi.py": 'from quintet.host import load\napplication = load("wsgi.ts")\n',
    }),
    env: { ...hostEnvironment(), PYTHONPATH: join(root, "python") },
    encoding: "utf8",
  });
  assert.match(stdout, /made with \('é日', \[1\]\) \{\}\n$/, stderr);
});

test("an object that is not a WSGI application is refused by name at the start", async () => {
  const files = { "hello.py": hello };
  assert.match(
    await refused(files, { target: "hello:asgi_object" }),
    /QUINTET_NOT_WSGI: hello:asgi_object is an ASGI application\..*wsgi\.py/,
  );
  const failed = await refused(files, { target: "hello:raises()" });
  assert.match(
    failed,
    /QUINTET_FACTORY_FAILED: The factory hello:raises raises: KeyError: 'SHOP_DATABASE'/,
  );
  assert.match(failed, /hello\.py", line \d+, in raises/);
});
