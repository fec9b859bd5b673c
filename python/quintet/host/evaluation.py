"""Evaluate a wsgi.ts: Node loads it once, reports what it exports and which variables it has set, and ends."""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any, Dict, List, NamedTuple, Optional, cast

from ..errors import QuintetError
from .node_command import JavaScript


class Inner(NamedTuple):
    """A Python application that a wsgi.ts asks for."""

    target: str
    project: Optional[str]


class Evaluation(NamedTuple):
    """What a wsgi.ts exports. ``target``: the Python application; None for one written in TypeScript."""

    target: Optional[str]
    project: Optional[str]
    inner: List[Inner]
    env: Dict[str, Optional[str]]


def evaluate(node: str, javascript: JavaScript, file: str) -> Evaluation:
    """Load the file in a process of its own. Raises QuintetError."""
    order: Dict[str, Any] = {"config": None, "file": file, "overrides": {}}
    reader, writer = os.pipe()
    command = [*javascript.command(node, "node-worker/evaluate"), json.dumps(order), str(writer)]
    with open(reader, "rb") as answers:
        try:
            # Output of the file goes to stderr, the server's log. A server may use stdout for something else.
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
    """Set the variables that the file has set. It saw this environment, so its ``??=`` keeps existing values."""
    for name, value in env.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
