"""Where Node is, and the JavaScript of Quintet that it is to run."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from typing import List, NamedTuple, Optional, Tuple

from .errors import QuintetError

OLDEST_NODE = (22, 18)
_ADVICE = (
    "Install Node 22.18 or newer, or name one for this server with QUINTET_NODE=/path/to/node.\n"
    "The account that a server runs under often has another PATH than your own."
)


def find_node() -> str:
    """The Node to start: QUINTET_NODE, else ``node`` on the path. Raises if it is none, or too old."""
    named = os.environ.get("QUINTET_NODE", "")
    node = shutil.which(named or "node")
    if node is None:
        path = os.environ.get("PATH", "")
        looked = "QUINTET_NODE is %r, which is no program." % named if named else "No node on the PATH: %s" % path
        raise QuintetError("QUINTET_NO_NODE", looked, _ADVICE)
    try:
        told = subprocess.run([node, "--version"], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    except OSError as error:
        raise QuintetError("QUINTET_NO_NODE", "Cannot start %s: %s" % (node, error), _ADVICE) from None
    version = told.stdout.decode("utf-8", "replace").strip()
    match = re.match(r"v(\d+)\.(\d+)\.", version)
    if match is None:
        detail = told.stderr.decode("utf-8", "replace").strip()
        message = "%s --version does not say a version, but %r." % (node, version)
        raise QuintetError("QUINTET_NO_NODE", message, _ADVICE, detail)
    if (int(match[1]), int(match[2])) < OLDEST_NODE:
        because = "QUINTET_NODE" if named else "the PATH"
        message = "%s (from %s) is Node %s; Quintet needs 22.18 or newer." % (node, because, version[1:])
        raise QuintetError("QUINTET_NODE_TOO_OLD", message, _ADVICE)
    return node


class JavaScript(NamedTuple):
    """Quintet's own modules: the repository's sources, or what was built from them."""

    folder: str
    is_source: bool

    def command(self, node: str, module: str) -> List[str]:
        """The command that runs one of them, such as ``node-worker/main``."""
        run = os.path.join(os.path.dirname(self.folder), "bin", "run.js")
        file = os.path.join(self.folder, module)
        # As NO_DEBUGGER in src/shared/run-module.ts: no SIGUSR1 opens Node's debugger.
        flags = ["--disable-sigusr1"]
        if self.is_source:
            return [node, *flags, "--conditions=quintet-source", run, file + ".ts"]
        return [node, *flags, run, file + ".js"]


def find_javascript(folder: str) -> JavaScript:
    """The package that this file is part of, else the one that is installed for a wsgi.ts in ``folder``."""
    here = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
    own = _package(here)
    if own is not None:
        return own[0]
    parent = os.path.abspath(folder)
    while True:
        found = _package(os.path.join(parent, "node_modules", "quintet"))
        if found is not None:
            _same_version(found[1], parent)
            return found[0]
        if os.path.dirname(parent) == parent:
            break
        parent = os.path.dirname(parent)
    message = "The npm package quintet is in no node_modules of %s, or of a folder above it." % folder
    raise QuintetError("QUINTET_NO_PACKAGE", message, "Install it there: npm install quintet")


def _package(folder: str) -> Optional[Tuple[JavaScript, str]]:
    real = os.path.realpath(folder)
    try:
        with open(os.path.join(real, "package.json"), encoding="utf-8") as file:
            package = json.load(file)
    except (OSError, ValueError):
        return None
    if package.get("name") != "quintet":
        return None
    # Node strips no types below node_modules: there it is always what was built.
    installed = "node_modules" in real.split(os.sep)
    for name, is_source in (("src", True), ("dist", False)):
        if is_source and installed:
            continue
        if os.path.isdir(os.path.join(real, name, "node-worker")):
            return JavaScript(os.path.join(real, name), is_source), str(package.get("version"))
    return None


def _same_version(version: str, folder: str) -> None:
    """The two speak frames that may change with each version."""
    import importlib.metadata

    try:
        own = importlib.metadata.version("quintet-wsgi")
    except importlib.metadata.PackageNotFoundError:
        return  # copied there by hand
    if own != version:
        message = "quintet-wsgi is %s, but quintet in %s/node_modules is %s." % (own, folder, version)
        raise QuintetError("QUINTET_VERSIONS", message, "pip install quintet-wsgi==%s" % version)
