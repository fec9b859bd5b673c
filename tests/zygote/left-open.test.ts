import assert from "node:assert/strict";
import { createServer } from "node:http";
import { type AddressInfo, createServer as createNetServer, type Socket } from "node:net";
import type { Server as NetServer } from "node:net";
import { after, before, test } from "node:test";
import { type Postgres, startPostgres, withoutPostgres } from "../../testing/postgres.ts";
import { zygoteOf } from "../../testing/processes.ts";
import { serve } from "../../testing/serve.ts";
import type { Running } from "../../testing/server.ts";
import { folderWith } from "../../testing/temp.ts";

/** Concurrent requests to each view. */
const MANY = 24;

/** Each view answers with the number in its path, by way of something that the import has opened. */
const APP = `import asyncio, http.client, os, selectors, socket, tempfile, time
from concurrent.futures import ThreadPoolExecutor
connection = http.client.HTTPConnection("127.0.0.1", int(os.environ["UPSTREAM"]))
def upstream(n):
    connection.request("GET", "/%s" % n)
    return connection.getresponse().read().decode()
assert upstream("import") == "import"
file = tempfile.NamedTemporaryFile("w+")
for i in range(100):
    file.write("%-9d\\n" % i)
file.flush()
def line(n):
    file.seek(int(n) * 10)
    time.sleep(0.005)
    return file.read(9).strip()
loop = asyncio.new_event_loop()
def waits(n):
    return loop.run_until_complete(asyncio.sleep(0.002, n))
class Store: # as a client of Redis
    def __init__(self):
        self.socket = socket.create_connection(("127.0.0.1", int(os.environ["STORE"])))
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.socket, selectors.EVENT_READ)
    def ask(self, n):
        self.socket.sendall(b"%s\\n" % n.encode())
        self.selector.select()
        return self.socket.recv(100).decode().strip()
store = Store()
executor = ThreadPoolExecutor(1, thread_name_prefix="jobs")
def job(n):
    return executor.submit(str, n).result()
assert waits("1") == store.ask("1") == job("1") == "1"
def application(environ, start_response):
    view, n = environ["PATH_INFO"][1:].split("/")
    start_response("200 OK", [])
    return [("%d %s" % (os.getpid(), VIEWS[view](n))).encode()]
VIEWS = {"upstream": upstream, "line": line, "waits": waits, "store": store.ask, "job": job}
`;
const DATABASE = `
import psycopg
from sqlalchemy import create_engine, text
class Pool: # as projects do, behind something of their own
    def __init__(self):
        self.engine = create_engine("postgresql+psycopg://", creator=connect)
def connect():
    return psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
database, pool = connect(), Pool()
def query(n):
    return str(database.execute("SELECT %s::int, pg_sleep(0.002)", [int(n)]).fetchone()[0])
def pooled(n):
    with pool.engine.connect() as one:
        return str(one.execute(text("SELECT CAST(:n AS int), pg_sleep(0.002)"), {"n": int(n)}).fetchone()[0])
assert query(1) == pooled(1) == "1"
VIEWS.update(query=query, pooled=pooled)
`;

let postgres: Postgres;

/** Echoes the path, on connections that it keeps open. */
const upstream = createServer(({ url = "" }, response) => {
  setTimeout(() => response.end(url.slice(1)), 2);
});
/** Echoes each line. */
const connections = new Set<Socket>();
const store = createNetServer((socket) => {
  connections.add(socket);
  socket.on("data", (line) => setTimeout(() => socket.write(line), 2));
  socket.on("error", () => {});
});
const portOf = (server: NetServer): string => String((server.address() as AddressInfo).port);
let env: NodeJS.ProcessEnv;
before(async () => {
  if (!withoutPostgres) postgres = await startPostgres();
  // The connection of the import may wait for longer than this on a busy machine.
  upstream.keepAliveTimeout = 0;
  for (const each of [upstream, store]) {
    await new Promise<void>((resolve) => void each.listen(0, "127.0.0.1", resolve));
  }
  env = { UPSTREAM: portOf(upstream), STORE: portOf(store), DATABASE_URL: postgres?.url };
});
after(async () => {
  await postgres?.stop();
  upstream.closeAllConnections();
  upstream.close();
  for (const each of connections) each.destroy();
  store.close();
});

const about = (server: Running, words: string): string[] =>
  server
    .log()
    .map(({ msg }) => msg ?? "")
    .filter((msg) => msg.includes(words));

/** Request many numbers at once. Returns how many workers have answered. */
async function answersRight(server: Running, view: string): Promise<number> {
  const numbers = Array.from({ length: MANY }, (_, number) => number);
  const answers = await Promise.all(
    numbers.map(async (n) => (await fetch(`${server.url}/${view}/${n}`)).text()),
  );
  assert.deepEqual(
    answers.map((answer) => answer.split(" ")[1]),
    numbers.map(String),
    view,
  );
  return new Set(answers.map((answer) => answer.split(" ")[0])).size;
}

test("no two workers share a connection or a file that the import has opened", async (t) => {
  const cwd = folderWith({ "app.py": withoutPostgres ? APP : APP + DATABASE });
  const server = await serve(t, "app", { cwd, env, args: ["--workers", "2"] });
  const views = ["upstream", "line", "waits", "store", "job"];
  for (const view of [...views, ...(withoutPostgres ? [] : ["query", "pooled"])]) {
    // A job takes no time, so one worker may answer all.
    const workers = await answersRight(server, view);
    if (view !== "job") assert.equal(workers, 2, view);
  }
  const [line = "", ...others] = about(server, "preload off");
  assert.deepEqual(others, []);
  assert.match(line, /starts threads when it is imported \(jobs_0\), and leaves open what/);
  for (const [name, port] of [
    ["connection", env.UPSTREAM],
    ["store", env.STORE],
  ]) {
    assert.ok(line.includes(`a connection to 127.0.0.1:${port} (app.${name})`), line);
  }
  for (const what of ["an epoll object (app.loop)", "a pair of sockets (app.loop)"]) {
    assert.ok(line.includes(what), line);
  }
  assert.match(line, /the file \/\S+, which is|the file \/\S+ \(app\.file\)/);
  if (!withoutPostgres) {
    assert.match(line, /a connection to \/\S+\.s\.PGSQL\.5432 \(app\.database\)/);
    assert.match(line, /a connection to \/\S+\.s\.PGSQL\.5432 \(app\.pool\)/);
  }
  assert.match(line, /To keep preload, open it at first use or in post_fork/);
});

const HARMLESS = `import json, logging, logging.handlers, mmap, multiprocessing, os, socket, sqlite3, subprocess, sys, random
logging.basicConfig(handlers=[logging.FileHandler("app.log", mode="w"), logging.handlers.RotatingFileHandler("more.log")])
logging.warning("imported")
audit = open("audit.log", "a")
audit.write("imported\\n")
report = open("report.txt", "w")
noise, null = open("/dev/urandom", "rb"), open(os.devnull, "r+b")
words = open("words.txt")
WORDS = words.read().split()
maps = mmap.mmap(os.open("words.txt", os.O_RDONLY), 0, access=mmap.ACCESS_READ)
folder = os.open(".", os.O_RDONLY)
inbox = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
if os.path.exists("log.sock"):
    os.remove("log.sock")
inbox.bind("log.sock")
syslog = logging.handlers.SysLogHandler("log.sock")
syslog.emit(logging.makeLogRecord({"msg": "imported"}))
inbox.close()
metrics = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
metrics.sendto(b"imports:1|c", ("127.0.0.1", 9))
unused = socket.socket()
with sqlite3.connect("db") as database:
    database.execute("create table t (x)")
database.close()
subprocess.run([sys.executable, "-c", ""], check=True)
git = subprocess.Popen(["true"])
job = multiprocessing.get_context("fork").Process(target=print)
job.start()
job.join()
job.close()
def application(environ, start_response):
    words.seek(0)
    audit.write("%d\\n" % os.getpid())
    audit.flush()
    start_response("200 OK", [])
    return [words.readline().encode()]
`;

test("logs, devices, mappings, send-only sockets and ended processes do not turn off preload", async (t) => {
  const cwd = folderWith({ "app.py": HARMLESS, "words.txt": "one\ntwo\n" });
  const server = await serve(t, "app", { cwd, args: ["--workers", "2"] });
  assert.deepEqual(about(server, "preload"), []);
  assert.ok(zygoteOf(server));
  const answers = await Promise.all(
    Array.from({ length: MANY }, async () => (await fetch(server.url)).text()),
  );
  assert.deepEqual(new Set(answers), new Set(["one\n"]));
});

const RENEWED = `import os, socket, threading
class Client:
    def __init__(self):
        self.open()
    def open(self):
        self.socket = socket.create_connection(("127.0.0.1", int(os.environ["UPSTREAM"])))
        self.opened_by = os.getpid()
first, second, file = Client(), Client(), open(__file__)
os.register_at_fork(after_in_child=first.open)
threading.Thread(target=threading.Event().wait, daemon=True, name="beat").start()
def post_fork(worker):
    assert worker.forked
    second.open()
def application(environ, start_response):
    file.seek(0)
    start_response("200 OK", [])
    return [b"%d %d %d %s" % (os.getpid(), first.opened_by, second.opened_by, file.readline().encode())]
`;

test("with --preload workers are forked anyway, and the log names what they share", async (t) => {
  const cwd = folderWith({ "app.py": RENEWED });
  const args = ["--workers", "2", "--preload", "--hooks", "app"];
  const server = await serve(t, "app", { cwd, env, args });
  assert.ok(zygoteOf(server));
  const answers = await Promise.all(
    Array.from({ length: MANY }, async () => (await fetch(server.url)).text()),
  );
  for (const answer of answers) {
    const [pid, first, second, ...line] = answer.split(" ");
    assert.deepEqual([first, second], [pid, pid]);
    // Each worker has its own position.
    assert.equal(line.join(" "), "import os, socket, threading\n");
  }
  const [line = "", ...others] = about(server, "forked although");
  assert.deepEqual(others, []);
  assert.match(
    line,
    /starts threads when it is imported \(beat\), and leaves open what they share/,
  );
  assert.match(line, /: a connection to \S+ \(app\.first\), a connection to \S+ \(app\.second\), /);
});
