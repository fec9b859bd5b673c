"""The Python side of tests/zygote/left-open-kinds.test.ts: says what each piece of code leaves open, as JSON."""

import json
import os
import sys
import types

from quintet.worker.zygote.shared_resources import resources_before, resources_left


def left_by(code):
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        os.setpgid(0, 0)
        module = types.ModuleType("app")
        module.__file__ = os.path.abspath("app.py")
        sys.modules["app"] = module
        before = resources_before()
        exec(code, vars(module))
        found = resources_left(before)
        os.write(writer, json.dumps([found.shared, len(found.files)]).encode())
        os._exit(0)
    os.close(writer)
    # Not to its end: what the code has started may hold it.
    text = os.read(reader, 65536)
    os.close(reader)
    os.waitpid(pid, 0)
    try:
        os.killpg(pid, 9)
    except ProcessLookupError:
        pass
    return json.loads(text)


json.dump([left_by(code) for code in json.load(sys.stdin)], sys.stdout)
