"""Serve a wsgi.ts with any WSGI server of Python's: Gunicorn, uWSGI, mod_wsgi, waitress.

The whole of a wsgi.py is::

    from quintet.host import load

    application = load("wsgi.ts")
"""

from __future__ import annotations

import os
import sys
import threading
from typing import Any, Callable, Dict, List, Optional

from ..errors import QuintetError
from ..wsgi.load_error import LoadError
from ..wsgi.loader import load as load_target
from .evaluation import Inner, apply_environment, evaluate
from .node_command import find_javascript, find_node

__all__ = ["QuintetError", "load"]

Application = Callable[..., Any]


def load(file: str = "wsgi.ts") -> Application:
    """The ``application`` of a wsgi.ts. A relative path starts at the folder of the file that calls this.

    If it is Django or another Python application, this returns that object: Node evaluates the file once and ends. If
    it is written in TypeScript, or is middleware around a Python application, each process of the server starts one
    Node process with its first request.

    Raises QuintetError.
    """
    path = os.path.abspath(os.path.join(_folder_of_caller(), file))
    folder = os.path.dirname(path)
    node = find_node()
    javascript = find_javascript(folder)
    found = evaluate(node, javascript, path)
    apply_environment(found.env)
    _importable(folder)
    if found.target is not None:
        return _load_python(found.target, found.project)
    _refuse_embedded(path)
    return _load_typescript(path, javascript.command(node, "node-worker/main"), found.inner)


def _load_python(target: str, project: Optional[str]) -> Application:
    if project is not None:
        _importable(project)
    try:
        return load_target(target)
    except LoadError as error:
        raise QuintetError(error.code, str(error), detail=error.trace) from error


def _load_typescript(path: str, command: List[str], inner: List[Inner]) -> Application:
    from .application import TypeScriptApplication  # plain Django does not need it

    loaded: Dict[str, Application] = {}
    lock = threading.Lock()

    def find(target: str) -> Application:
        with lock:
            if target not in loaded:  # code that runs in a request asks for it
                loaded[target] = load_target(target)
            return loaded[target]

    for target, project in inner:
        loaded[target] = _load_python(target, project)
    return TypeScriptApplication(command, path, find)


def _importable(folder: str) -> None:
    """Put the folder on sys.path, as if Python had been started there."""
    real = os.path.realpath(folder)
    if all(os.path.realpath(each or os.curdir) != real for each in sys.path):
        sys.path.insert(0, folder)


def _folder_of_caller() -> str:
    caller = sys._getframe(2)
    file = caller.f_globals.get("__file__") or caller.f_code.co_filename
    return os.path.dirname(os.path.abspath(file)) if os.path.exists(file) else os.getcwd()


def _refuse_embedded(path: str) -> None:
    """Raise QuintetError in embedded mode: each child of Apache would start a Node, and Apache may end it any time."""
    if getattr(sys.modules.get("mod_wsgi"), "process_group", None) == "":
        message = "%s is a TypeScript application, and mod_wsgi runs it in embedded mode." % path
        advice = (
            "Every child process of Apache would start a Node of its own. Use daemon mode:\n"
            "  WSGIDaemonProcess shop processes=2 threads=15\n"
            "  WSGIProcessGroup shop"
        )
        raise QuintetError("QUINTET_EMBEDDED", message, advice)
