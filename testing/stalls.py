"""A file system that stalls, as a network mount whose server is gone: FUSE, spoken to the kernel without a library.

FOLDER and the name of a JSON file, an object of names and texts; then on stdin one command a line: `stall`, `slow`,
`go`. On stdout: `mounted`, and `stalled NAME` for each operation that gets no answer. The end of stdin unmounts. Who
waits can be killed, as one who waits for NFS can.
"""

import ctypes
import json
import os
import select
import signal
import stat
import struct
import sys
import time

LOOKUP, FORGET, GETATTR, OPEN, READ, STATFS, RELEASE, FLUSH, INIT = 1, 2, 3, 14, 15, 17, 18, 25, 26
OPENDIR, READDIR, RELEASEDIR, ACCESS, CREATE, INTERRUPT, BATCH_FORGET = 27, 28, 29, 34, 35, 36, 42
NAMES = {LOOKUP: "lookup", GETATTR: "getattr", OPEN: "open", READ: "read", FLUSH: "flush", CREATE: "create"}
NO_ANSWER = (FORGET, BATCH_FORGET)
ENOENT, EINTR, ENOSYS = 2, 4, 38
DIRECT_IO = 1  # each read comes here
ROOT = 1
UNMOUNT_LAZILY = 2
NO_SUID_NO_DEVICES = 2 | 4

libc = ctypes.CDLL(None, use_errno=True)


class Server:
    def __init__(self, descriptor, files):
        self.descriptor = descriptor
        self.names = list(files)
        self.contents = [files[name].encode() for name in self.names]
        self.stalls = False
        self.kept = []
        self.pause = 0.0

    def take(self):
        """One request of the kernel."""
        request = os.read(self.descriptor, 1 << 20)
        operation = struct.unpack_from("<I", request, 4)[0]
        if operation == INTERRUPT:
            return self.interrupt(struct.unpack_from("<Q", request, 40)[0])
        if operation in NO_ANSWER:
            return
        if self.stalls:
            self.kept.append(request)
            print("stalled", NAMES.get(operation, operation), flush=True)
        else:
            time.sleep(self.pause)
            self.answer(request)

    def interrupt(self, unique):
        """Somebody who waits has a signal."""
        for request in self.kept:
            if struct.unpack_from("<Q", request, 8)[0] == unique:
                self.kept.remove(request)
                return self.reply(unique, -EINTR, b"")

    def go(self):
        self.stalls = False
        self.pause = 0.0
        kept, self.kept = self.kept, []
        for request in kept:
            self.answer(request)

    def answer(self, request):
        _, operation, unique, node = struct.unpack_from("<IIQQ", request)
        result = self.result(operation, node, request[40:])
        error, data = (-result, b"") if isinstance(result, int) else (0, result)
        self.reply(unique, error, data)

    def reply(self, unique, error, data):
        try:
            os.write(self.descriptor, struct.pack("<IiQ", 16 + len(data), error, unique) + data)
        except FileNotFoundError:
            pass  # whoever asked has been killed meanwhile

    def result(self, operation, node, data):
        """What to answer, or an error number."""
        if operation == INIT:
            return struct.pack("<IIIIHHIIHHI28x", 7, 31, 65536, 0, 16, 12, 65536, 1, 16, 0, 0)
        if operation == LOOKUP:
            name = data.split(b"\0")[0].decode()
            if name not in self.names:
                return ENOENT
            found = self.names.index(name) + 2
            return struct.pack("<QQQQII", found, 0, 0, 0, 0, 0) + self.attributes(found)
        if operation == GETATTR:
            return struct.pack("<QII", 0, 0, 0) + self.attributes(node)
        if operation in (OPEN, OPENDIR):
            return struct.pack("<QII", 0, DIRECT_IO, 0)
        if operation == READ:
            _, offset, size = struct.unpack_from("<QQI", data)
            return self.contents[node - 2][offset : offset + size]
        if operation in (RELEASE, RELEASEDIR, FLUSH, ACCESS, READDIR):
            return b""
        if operation == STATFS:
            return struct.pack("<QQQQQIII24x", 0, 0, 0, 0, 0, 4096, 255, 4096)
        return ENOSYS

    def attributes(self, node):
        size = 0 if node == ROOT else len(self.contents[node - 2])
        mode = stat.S_IFDIR | 0o755 if node == ROOT else stat.S_IFREG | 0o644
        times = (1700000000,) * 3
        return struct.pack("<QQQQQQIIIIIIIIII", node, size, 0, *times, 0, 0, 0, mode, 1, 0, 0, 0, 4096, 0)


def main():
    # Whatever ends the tests: a file system without us would keep everybody waiting.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit())
    folder = sys.argv[1]
    with open(sys.argv[2]) as file:
        files = json.load(file)
    descriptor = os.open("/dev/fuse", os.O_RDWR)
    options = "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other" % descriptor
    if libc.mount(b"quintet", folder.encode(), b"fuse.quintet", NO_SUID_NO_DEVICES, options.encode()):
        raise OSError(ctypes.get_errno(), "mount")
    try:
        serve(Server(descriptor, files))
    finally:
        libc.umount2(folder.encode(), UNMOUNT_LAZILY)
        os.close(descriptor)  # who still waits gets an error


def serve(server):
    server.take()  # the kernel introduces itself
    print("mounted", flush=True)
    while True:
        readable, _, _ = select.select([server.descriptor, 0], [], [])
        if server.descriptor in readable:
            server.take()
        if 0 in readable:
            said = os.read(0, 4096).decode()
            if not said:
                return
            for line in said.split():
                if line == "stall":
                    server.stalls = True
                elif line == "slow":
                    server.pause = 0.003
                else:
                    server.go()


main()
