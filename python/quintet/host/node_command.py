"""The command that runs Node: where Node is, and where Quintet's own modules are."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from typing import List, NamedTuple, Optional, Tuple

from ..errors import QuintetError
from ..shared.own_code import FOLDER

# From package.json, by npm run docs:
OLDEST_NODE = (22, 18)
# End of package.json.
# From src/shared/run-module.ts, by npm run docs:
NO_DEBUGGER = "--disable-sigusr1"
# End of src/shared/run-module.ts.
_OLDEST = "%d.%d" % OLDEST_NODE
_ADVICE = (
    "Install Node %s or newer, or name one for this server with QUINTET_NODE=/path/to/node.\n"
    "The account that a server runs under often has another PATH than your own."
) % _OLDEST


def find_node() -> str:
    """The path of Node: QUINTET_NODE, else ``node`` on the PATH.

    Raises QuintetError if there is none, or if it is too old.
    """
    named = os.environ.get("QUINTET_NODE", "")
    node = shutil.which(named or "node")
    if node is None:
        path = os.environ.get("PATH", "")
        looked = "QUINTET_NODE is %r, which is not a program." % named if named else "No node on the PATH: %s" % path
        raise QuintetError("QUINTET_NO_NODE", looked, _ADVICE)
    try:
        told = subprocess.run([node, "--version"], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    except OSError as error:
        raise QuintetError("QUINTET_NO_NODE", "Cannot start %s: %s" % (node, error), _ADVICE) from None
    version = told.stdout.decode("utf-8", "replace").strip()
    match = re.match(r"v(\d+)\.(\d+)\.", version)
    if match is None:
        detail = told.stderr.decode("utf-8", "replace").strip()
        message = "%s --version printed %r, which is not a version." % (node, version)
        raise QuintetError("QUINTET_NO_NODE", message, _ADVICE, detail)
    if (int(match[1]), int(match[2])) < OLDEST_NODE:
        because = "QUINTET_NODE" if named else "the PATH"
        message = "%s (from %s) is Node %s; Quintet needs %s or newer." % (node, because, version[1:], _OLDEST)
        raise QuintetError("QUINTET_NODE_TOO_OLD", message, _ADVICE)
    return node


class JavaScript(NamedTuple):
    """Quintet's own modules: the sources in the repository, or the JavaScript built from them."""

    folder: str
    is_source: bool

    def command(self, node: str, module: str) -> List[str]:
        """The command that runs one of them, such as ``node-worker/main``."""
        run = os.path.join(os.path.dirname(self.folder), "bin", "run.js")
        file = os.path.join(self.folder, module)
        # With it SIGUSR1 does not open Node's debugger.
        flags = [NO_DEBUGGER]
        if self.is_source:
            return [node, *flags, "--conditions=quintet-source", run, file + ".ts"]
        return [node, *flags, run, file + ".js"]


def find_javascript(folder: str) -> JavaScript:
    """The npm package that this file is part of, else the one installed for a wsgi.ts in ``folder``.

    Raises QuintetError.
    """
    here = os.path.dirname(os.path.dirname(os.path.realpath(FOLDER)))
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
    message = "The npm package quintet was not found in the node_modules of %s, or of a folder above it." % folder
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
    # Node strips no types below node_modules, so there it is always JavaScript.
    installed = "node_modules" in real.split(os.sep)
    for name, is_source in (("src", True), ("dist", False)):
        if is_source and installed:
            continue
        if os.path.isdir(os.path.join(real, name, "node-worker")):
            return JavaScript(os.path.join(real, name), is_source), str(package.get("version"))
    return None


def _same_version(version: str, folder: str) -> None:
    """Raise QuintetError if the versions differ: frames may change with each version."""
    import importlib.metadata

    try:
        own = importlib.metadata.version("quintet-wsgi")
    except importlib.metadata.PackageNotFoundError:
        return  # the package was copied, not installed by pip
    if own != version:
        message = "quintet-wsgi is %s, but quintet in %s/node_modules is %s." % (own, folder, version)
        raise QuintetError("QUINTET_VERSIONS", message, "pip install quintet-wsgi==%s" % version)
