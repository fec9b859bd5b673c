"""Reads files that configure how a project has been served so far, and which Quintet does not use."""

from __future__ import annotations

import ast
import fnmatch
import os
import re
from typing import Any, Dict, List, Optional

from .source import Source, Unreadable, read, read_bytes

# The kinds of files, by patterns of their names.
_KINDS = (
    ("procfile", "Procfile"),
    ("gunicorn", "gunicorn*.py"),
    ("uwsgi", "*.ini"),
    ("service", "*.service"),
    ("supervisor", "supervisor*.conf"),
    ("docker", "Dockerfile*"),
    ("env", ".env"),
)
_SETTINGS = re.compile(r"DJANGO_SETTINGS_MODULE[\"']?\]?\s*[=:,\s]\s*[\"']?([A-Za-z_][\w.]*)")
_MODULE = re.compile(r"(?:^|[\s\"'=])((?:[A-Za-z_]\w*\.)*[A-Za-z_]\w*)(?::([A-Za-z_]\w*))?(?=[\s\"']|$)")
_FILE = re.compile(r"wsgi-file\s*=\s*(\S+)")
_OPTION = re.compile(r"\s*([A-Za-z][\w-]*)\s*=")


def kind_of(name: str) -> Optional[str]:
    """The kind of a file, from its name."""
    return next((kind for kind, pattern in _KINDS if fnmatch.fnmatch(name, pattern)), None)


def read_file(folder: str, path: str) -> Optional[Dict[str, Any]]:
    """The settings, modules and options that a file names; None for any other file."""
    kind = kind_of(os.path.basename(path))
    try:
        text = read_bytes(folder, path).decode("utf-8", "replace")
    except Unreadable:
        return None
    if kind == "uwsgi" and "[uwsgi]" not in text:
        return None
    # In a Procfile read only the processes that serve, because others may have other settings.
    start = re.compile(r"web\s*:|.*\b(gunicorn|uwsgi|waitress)") if kind == "procfile" else re.compile("")
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.lstrip()[:1] not in ("#", ";")]
    lines = [(number, line) for number, line in lines if start.match(line)]
    settings = [
        {"value": match.group(1), "line": number}
        for number, line in lines
        for match in [_SETTINGS.search(line)]
        if match
    ]
    modules = [module for _, line in lines for module in _modules(line)]
    options: List[str] = []
    if kind == "gunicorn":
        try:
            options = _assigned(read(folder, path))
        except Unreadable:
            pass
    elif kind == "uwsgi":
        options = [match.group(1) for _, line in lines for match in [_OPTION.match(line)] if match]
    serves = kind in ("gunicorn", "uwsgi") or any(re.search(r"\b(gunicorn|uwsgi|waitress)", line) for _, line in lines)
    facts = {"path": path, "kind": kind, "settings": settings, "modules": modules, "serves": serves}
    return {**facts, "options": list(dict.fromkeys(options))}


def _modules(line: str) -> List[str]:
    """``shop.wsgi`` from ``gunicorn shop.wsgi:application``, or the path from ``wsgi-file = shop/wsgi.py``."""
    file = _FILE.search(line)
    if file:
        return [file.group(1)]
    if not re.search(r"\b(gunicorn|waitress-serve|module|wsgi)\b", line):
        return []
    return [name for name, _ in _MODULE.findall(line) if name == "wsgi" or name.endswith(".wsgi")]


def _assigned(source: Source) -> List[str]:
    names: List[str] = []
    for node in source.tree.body:
        if isinstance(node, ast.Assign):
            names += [each.id for each in node.targets if isinstance(each, ast.Name)]
        elif isinstance(node, ast.FunctionDef):
            names.append("%s()" % node.name)
    return [name for name in names if name.islower()]
