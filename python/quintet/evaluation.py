"""What a wsgi.ts is: Node loads it once, says what it exports and what it has set, and ends."""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any, Dict, List, NamedTuple, Optional, cast

from .errors import QuintetError
from .node import JavaScript


class Inner(NamedTuple):
    """A Python application that a wsgi.ts has asked for."""

    target: str
    project: Optional[str]


class Evaluation(NamedTuple):
    """``target`` is the Python application it exports, or None if it exports one written in TypeScript."""

    target: Optional[str]
    project: Optional[str]
    inner: List[Inner]
    env: Dict[str, Optional[str]]


def evaluate(node: str, javascript: JavaScript, file: str) -> Evaluation:
    """Load the file in a process of its own. Raises what the file is to blame for."""
    order: Dict[str, Any] = {"config": None, "file": file, "overrides": {}}
    reader, writer = os.pipe()
    command = [*javascript.command(node, "node-worker/evaluate"), json.dumps(order), str(writer)]
    with open(reader, "rb") as answers:
        try:
            # What the file prints goes to the server's log; a server's stdout may be something else.
            child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=2, pass_fds=(writer,))
        finally:
            os.close(writer)
        answer = answers.read()
    status = child.wait()
    if not answer:
        message = "%s ended its process (exit status %d) while it was loading." % (file, status)
        raise QuintetError("QUINTET_WSGI_FILE", message)
    result = cast(Dict[str, Any], json.loads(answer))
    if not result["ok"]:
        raise QuintetError(result["code"], result["message"], result["advice"], result["detail"])
    options = result["options"]
    env: Dict[str, Optional[str]] = {}
    for setting in options.get("env", ()):
        name, _, value = setting.partition("=")
        env[name] = value
    env.update(result["env"])
    inner = [Inner(each["target"], each["options"].get("project")) for each in result["inner"]]
    return Evaluation(result["target"], options.get("project"), inner, env)


def apply_environment(env: Dict[str, Optional[str]]) -> None:
    """Set what the file has set. It was shown this environment, so its ``??=`` has left alone what was there."""
    for name, value in env.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
