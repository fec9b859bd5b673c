import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { python, root } from "../../testing/paths.ts";
import { folderWith } from "../../testing/temp.ts";
import { PATIENCE } from "../../testing/wait.ts";

/** What an import may leave open, and what the log says of it; null if it says nothing. */
const kinds: [name: string, code: string, says: RegExp | null][] = [
  [
    "a listening socket",
    "import socket; a = socket.create_server(('127.0.0.1', 0))",
    /^a socket that listens on 127\.0\.0\.1:\d+ \(app\.a\)$/,
  ],
  [
    "a connection",
    "import socket; a = socket.create_server(('127.0.0.1', 0)); b = {'main': [socket.create_connection(a.getsockname())]}",
    /; a connection to 127\.0\.0\.1:\d+ \(app\.b\)$/,
  ],
  [
    "IPv6",
    "import socket; a = socket.create_server(('::1', 0), family=socket.AF_INET6); b = socket.create_connection(a.getsockname()[:2])",
    /; a connection to \[::1\]:\d+ \(app\.b\)$/,
  ],
  [
    "connected UDP",
    "import socket; a = socket.socket(type=socket.SOCK_DGRAM); a.connect(('127.0.0.1', 53))",
    /^a connection to 127\.0\.0\.1:53 \(UDP\) \(app\.a\)$/,
  ],
  [
    "UDP on a port of its own",
    "import socket; a = socket.socket(type=socket.SOCK_DGRAM); a.bind(('127.0.0.1', 1023 + 16000 + __import__('os').getpid() % 10000))",
    /^a socket that receives on 127\.0\.0\.1:\d+ \(app\.a\)$/,
  ],
  ["a pair", "import socket; a = socket.socketpair()", /^a pair of sockets \(app\.a\)$/],
  [
    "an abstract name",
    "import socket; a = socket.socket(socket.AF_UNIX); a.bind('\\0quintet-%d' % __import__('os').getpid()); a.listen()",
    /^a socket that listens on @quintet-\d+ \(app\.a\)$/,
  ],
  [
    "netlink",
    "import socket; a = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW); a.bind((0, 0))",
    /^a socket of the kind AF_NETLINK \(app\.a\)$/,
  ],
  ["epoll", "import select; a = select.epoll()", /^an epoll object \(app\.a\)$/],
  [
    "a selector",
    "import selectors; a = selectors.DefaultSelector()",
    /^an epoll object \(app\.a\)$/,
  ],
  ["a pipe", "import os; a = os.pipe()", /^a pipe$/],
  [
    "a named pipe",
    "import os; os.mkfifo('fifo'); a = open('fifo', 'r+b', 0)",
    /^the named pipe \/\S+\/fifo \(app\.a\)$/,
  ],
  [
    "a queue",
    "import multiprocessing; a = multiprocessing.get_context('fork').SimpleQueue()",
    /^a pipe \(app\.a\)$/,
  ],
  ["an eventfd", "import ctypes; a = ctypes.CDLL(None).eventfd(0, 0)", /^an eventfd$/],
  ["inotify", "import ctypes; a = ctypes.CDLL(None).inotify_init()", /^an inotify object$/],
  ["a timerfd", "import ctypes; a = ctypes.CDLL(None).timerfd_create(1, 0)", /^a timerfd$/],
  [
    "a file half read",
    "a = open('data'); a.readline(); a.seek(0)",
    /^the file \/\S+\/data \(app\.a\)$/,
  ],
  [
    "an archive",
    "import zipfile\nwith zipfile.ZipFile('z', 'w') as z: z.writestr('a', 'b')\na = zipfile.ZipFile('z')",
    null,
  ],
  [
    "a temporary file",
    "import tempfile; a = tempfile.TemporaryFile()",
    /^the file \/\S+, which is deleted \(app\.a\)$/,
  ],
  [
    "a file of the process",
    "a = open('/proc/self/statm'); a.read()",
    /^the file \/proc\/\d+\/statm \(app\.a\)$/,
  ],
  [
    "a lock",
    "import fcntl; a = open('lock', 'a'); fcntl.flock(a, fcntl.LOCK_EX)",
    /^a lock on the file \/\S+\/lock \(app\.a\)$/,
  ],
  [
    "a lock of POSIX",
    "import fcntl; a = open('lock', 'w'); fcntl.lockf(a, fcntl.LOCK_EX)",
    /^a lock on the file \/\S+\/lock \(app\.a\)$/,
  ],
  [
    "SQLite",
    "import sqlite3; a = sqlite3.connect('db'); a.execute('create table t (x)'); a.commit()",
    /^the SQLite database \/\S+\/db$/,
  ],
  [
    "SQLite with a write-ahead log",
    "import sqlite3; a = sqlite3.connect('wal.db'); a.execute('pragma journal_mode=wal'); a.execute('create table t (x)'); a.commit()",
    /^the SQLite database \/\S+\/wal\.db$/,
  ],
  [
    "a process",
    "import subprocess; a = subprocess.Popen(['sleep', '1000'])",
    /^the process \d+ \(sleep 1000\)$/,
  ],
  [
    "a process of multiprocessing",
    "import multiprocessing, time; a = multiprocessing.get_context('fork').Process(target=time.sleep, args=(1000,), name='job', daemon=True); a.start()",
    /; the process 'job' of multiprocessing$/,
  ],
  [
    "shared memory",
    "from multiprocessing import shared_memory; a = shared_memory.SharedMemory(create=True, size=8); a.unlink()",
    /; the resource tracker process of multiprocessing$/,
  ],
  [
    "a manager",
    "import multiprocessing; a = multiprocessing.get_context('fork').Manager()",
    /the process 'SyncManager-\d+' of multiprocessing$/,
  ],
  [
    "a pool",
    "import multiprocessing; a = multiprocessing.get_context('fork').Pool(1)",
    /^a pipe \(app\.a\); .*the process 'ForkPoolWorker-\d+' of multiprocessing$/,
  ],
  [
    "an executor that has done nothing yet",
    "import concurrent.futures; a = concurrent.futures.ProcessPoolExecutor(1)",
    /^a pipe \(app\.a\)$/,
  ],
  [
    "a closure",
    "import socket\ndef client():\n  a = socket.socketpair()\n  return lambda: a\nb = client()",
    /^a pair of sockets \(app\.b\)$/,
  ],
  ["files to append to", "a = open('log', 'a'); b = open('data', 'a+'); a.write('x')", null],
  ["a file that is written", "a = open('report', 'w'); a.write('x')", null],
  ["a file that is read to its end", "a = open('data'); a.read()", null],
  [
    "a map",
    "import mmap, os; a = mmap.mmap(os.open('data', os.O_RDONLY), 0, access=mmap.ACCESS_READ)",
    null,
  ],
  [
    "a map that is written",
    "import mmap; f = open('data', 'r+b'); f.seek(0, 2); a = mmap.mmap(f.fileno(), 0)",
    null,
  ],
  ["what was open before", "import os; a = os.dup(1); b = os.dup(2)", null],
  [
    "a named pipe to write to",
    "import os; os.path.exists('out') or os.mkfifo('out'); r = os.open('out', os.O_RDONLY | os.O_NONBLOCK); a = open('out', 'w'); os.close(r)",
    null,
  ],
  ["a log", "import logging; a = logging.FileHandler('log', 'w+')", null],
  [
    "devices",
    "import os; a = open('/dev/urandom', 'rb', 0); b = open(os.devnull, 'r+'); c = os.open('/', os.O_RDONLY)",
    null,
  ],
  [
    "metrics",
    "import socket; a = socket.socket(type=socket.SOCK_DGRAM); a.sendto(b'x', ('127.0.0.1', 9))",
    null,
  ],
  [
    "a closed database",
    "import sqlite3; a = sqlite3.connect('db'); a.execute('create table if not exists t (x)'); a.close()",
    null,
  ],
  ["a process that has ended", "import subprocess; a = subprocess.Popen(['true'])", null],
  [
    "shared values",
    "import multiprocessing; a = multiprocessing.get_context('fork').Value('i'); b = multiprocessing.get_context('fork').Lock()",
    null,
  ],
];

test("the log names what an import leaves open, and the variable that holds it", async (t) => {
  const cwd = folderWith({ data: "one\ntwo\n" });
  const found = JSON.parse(
    execFileSync(python, [join(root, "testing/left_open.py")], {
      cwd,
      encoding: "utf8",
      timeout: PATIENCE,
      input: JSON.stringify(kinds.map(([, code]) => code)),
      env: { ...process.env, PYTHONPATH: join(root, "python") },
    }),
  ) as [shared: string[], files: number][];
  for (const [index, [name, , says]] of kinds.entries()) {
    await t.test(name, () => {
      const [shared] = found[index] as (typeof found)[0];
      if (says === null) assert.deepEqual(shared, []);
      else assert.match(shared.join("; "), says);
    });
  }
});
