"""Collects the facts about a project that `quintet init` needs, as one line of JSON."""

from __future__ import annotations

import json
import os
import sys
from typing import Any, Dict, Iterator, List, Optional, Tuple

from .deployment import kind_of, read_file
from .settings import module_file, read_settings
from .source import Unreadable, read
from .wsgi import SETTINGS, named_settings, read_wsgi

# How deep below the project's folder to look for a wsgi.py and for deployment files, and in how many folders.
_MAX_WSGI_DEPTH = 4
_MAX_DEPLOYMENT_DEPTH = 1
_MAX_FOLDERS = 5000
_SKIPPED = {
    "node_modules",
    "site-packages",
    "__pycache__",
    "tests",
    "docs",
    "build",
    "dist",
    "media",
    "static",
    "staticfiles",
}


def main(folder: str) -> None:
    """Write the facts to stdout."""
    json.dump(facts(folder), sys.stdout)


def facts(folder: str) -> Dict[str, Any]:
    """The facts about a project's folder."""
    wsgi: List[Dict[str, Any]] = []
    files: List[Dict[str, Any]] = []
    for path, depth in _files(folder):
        name = os.path.basename(path)
        if name == "wsgi.py" or path.endswith(os.path.join("wsgi", "__init__.py")):
            wsgi.append(_wsgi(folder, path))
        elif depth <= _MAX_DEPLOYMENT_DEPTH and kind_of(name):
            found = read_file(folder, path)
            if found is not None:
                files.append(found)
    manage = _manage(folder)
    roots = list(dict.fromkeys([each["root"] for each in wsgi] + [""]))
    settings = {each["value"] for file in files for each in file["settings"]}
    settings.update(each["settings"] for each in [*wsgi, manage or {}] if each.get("settings"))
    return {
        "python": "%s (Python %s)" % (sys.executable, sys.version.split()[0]),
        "manage": manage,
        "wsgi": wsgi,
        "files": files,
        "settings": {name: _settings(folder, roots, name) for name in sorted(settings)},
    }


def _files(folder: str) -> Iterator[Tuple[str, int]]:
    for count, (where, folders, names) in enumerate(os.walk(folder)):
        path = os.path.relpath(where, folder)
        path = "" if path == "." else path
        depth = path.count(os.sep) + 1 if path else 0
        entered = [each for each in folders if not each.startswith(".") and each not in _SKIPPED]
        # Skip virtual environments, whatever their names.
        entered = [each for each in entered if not os.path.exists(os.path.join(where, each, "pyvenv.cfg"))]
        folders[:] = sorted(entered) if depth < _MAX_WSGI_DEPTH and count < _MAX_FOLDERS else []
        for name in sorted(names):
            yield os.path.join(path, name), depth


def _wsgi(folder: str, path: str) -> Dict[str, Any]:
    known: Dict[str, Any] = {"path": path, "broken": None, "settings": None, "variables": [], "extra": []}
    known["application"] = None
    try:
        known.update(read_wsgi(read(folder, path)))
    except Unreadable as error:
        known["broken"] = {"line": error.line, "what": str(error), "text": error.text}
    for each in known["variables"]:
        if each["name"] == SETTINGS and (known["settings"] is None or each["forced"]):
            known["settings"] = each["value"]
    known["root"], known["module"] = _place(folder, path, known["settings"])
    return known


def _place(folder: str, path: str, settings: Optional[str]) -> Tuple[str, str]:
    """The folder that a file is imported from, and its module name. Its settings decide, otherwise its packages."""
    inner = os.path.dirname(path)
    roots = [""]
    for part in inner.split(os.sep) if inner else []:
        roots.append(os.path.join(roots[-1], part))
    if os.path.basename(path) == "__init__.py":
        roots.pop()
    named = [root for root in roots if _dotted(root, path) is not None]
    fits = [root for root in named if settings is not None and module_file(folder, root, settings) is not None]
    fits += [root for root in reversed(named) if os.path.isfile(os.path.join(folder, root, "manage.py"))]
    packages = [root for root in named if not os.path.isfile(os.path.join(folder, root, "__init__.py"))]
    root = (fits or packages[-1:] or named or [inner])[0]
    return root, _dotted(root, path) or os.path.basename(path)[:-3]


def _dotted(root: str, path: str) -> Optional[str]:
    parts = os.path.relpath(path[:-3], root or ".").split(os.sep)
    if parts[-1] == "__init__":
        parts.pop()
    return ".".join(parts) if parts and all(part.isidentifier() for part in parts) else None


def _manage(folder: str) -> Optional[Dict[str, Any]]:
    if not os.path.isfile(os.path.join(folder, "manage.py")):
        return None
    try:
        named = named_settings(read(folder, "manage.py"))
    except Unreadable as error:
        return {"settings": None, "line": error.line, "broken": str(error)}
    return {"settings": named["value"] if named else None, "line": named["line"] if named else None, "broken": None}


def _settings(folder: str, roots: List[str], name: str) -> Optional[Dict[str, Any]]:
    for root in roots:
        found = read_settings(folder, root, name)
        if found is not None:
            return {"debug": found.get("DEBUG"), "wsgi": (found.get("WSGI_APPLICATION") or {}).get("value")}
    return None
