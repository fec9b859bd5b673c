"""Reads what a wsgi.py does, and decides which of its lines a wsgi.ts can replace."""

from __future__ import annotations

import ast
from typing import Any, Dict, List, Optional, Set

from .source import Source, first_line

SETTINGS = "DJANGO_SETTINGS_MODULE"
# Modules whose import has no side effects that a server needs.
_HARMLESS = {"__future__", "logging", "os", "pathlib", "platform", "site", "sys", "typing"}


def read_wsgi(source: Source) -> Dict[str, Any]:
    """The variables that it sets, its other lines, and the name of the application."""
    return _Reader(source).read()


def variable(node: ast.AST) -> Optional[Dict[str, Any]]:
    """``os.environ.setdefault("NAME", "value")`` or ``os.environ["NAME"] = "value"``; None for other statements."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        call = node.value
        called = call.func
        if not (isinstance(called, ast.Attribute) and called.attr == "setdefault" and _is_environ(called.value)):
            return None
        if call.keywords or len(call.args) != 2:
            return None
        name, value, forced = _string(call.args[0]), _string(call.args[1]), False
    elif isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Subscript):
        target = node.targets[0]
        if not _is_environ(target.value):
            return None
        name, value, forced = _string(target.slice), _string(node.value), True
    else:
        return None
    if name is None or value is None:
        return None
    return {"name": name, "value": value, "forced": forced, "line": first_line(node)}


def named_settings(source: Source) -> Optional[Dict[str, Any]]:
    """The settings module that a manage.py names, anywhere in the file."""
    for node in ast.walk(source.tree):
        found = variable(node)
        if found is not None and found["name"] == SETTINGS:
            return {"value": found["value"], "line": found["line"]}
    return None


class _Reader:
    def __init__(self, source: Source) -> None:
        self._source = source
        self._makers: Set[str] = set()
        self._applications: Set[str] = set()
        self._variables: List[Dict[str, Any]] = []
        self._extra: List[Dict[str, Any]] = []

    def read(self) -> Dict[str, Any]:
        for node in self._source.tree.body:
            found = variable(node)
            if found is not None:
                self._variables.append(found)
            elif not self._is_plain(node):
                self._extra.append({"line": first_line(node), "text": self._source.text(node)})
        names = _bound(self._source.tree.body)
        name = next((each for each in ("application", "app") if each in names), None)
        if name is None and (self._variables or self._extra):
            name = "application"  # it may come from `import *`
        return {"variables": self._variables, "extra": self._extra, "application": name}

    def _is_plain(self, node: ast.stmt) -> bool:
        """Whether startproject writes this line, or it does nothing under a server."""
        if isinstance(node, ast.Pass):
            return True
        if isinstance(node, ast.Expr):
            return isinstance(node.value, ast.Constant)
        if isinstance(node, ast.Import):
            return all(each.name.split(".")[0] in _HARMLESS for each in node.names)
        if isinstance(node, ast.ImportFrom):
            return self._is_plain_import(node)
        if isinstance(node, ast.Assign):
            return self._is_plain_value(node.targets, node.value)
        if isinstance(node, ast.AnnAssign):
            return node.value is None or self._is_plain_value([node.target], node.value)
        return isinstance(node, ast.If) and not node.orelse and _is_main(node.test)

    def _is_plain_import(self, node: ast.ImportFrom) -> bool:
        if node.level == 0 and node.module == "django.core.wsgi":
            self._makers.update(each.asname or each.name for each in node.names if each.name == "get_wsgi_application")
            return all(each.name == "get_wsgi_application" for each in node.names)
        return node.level == 0 and (node.module or "").split(".")[0] in _HARMLESS

    def _is_plain_value(self, targets: List[ast.expr], value: ast.expr) -> bool:
        if not all(isinstance(each, ast.Name) for each in targets):
            return False
        names = {each.id for each in targets if isinstance(each, ast.Name)}
        made = isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id in self._makers
        if made and not (value.args or value.keywords):  # type: ignore[attr-defined]
            self._applications |= names
            return True
        if isinstance(value, ast.Name) and value.id in self._applications:
            self._applications |= names
            return True
        try:
            ast.literal_eval(value)
        except (ValueError, TypeError, SyntaxError, RecursionError):
            return False
        # A constant does nothing by itself. A line that uses it is reported itself.
        return not names & {"application", "app"}


def _bound(body: List[ast.stmt]) -> Set[str]:
    """The names that a module may define, including conditional ones."""
    names: Set[str] = set()
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names.update(each.asname or each.name for each in node.names)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names.update(each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name))
        else:
            for field in ("body", "orelse", "finalbody"):
                names |= _bound(getattr(node, field, []))
            for handler in getattr(node, "handlers", []):
                names |= _bound(handler.body)
    return names


def _is_environ(node: ast.expr) -> bool:
    if isinstance(node, ast.Name):
        return node.id == "environ"
    return isinstance(node, ast.Attribute) and node.attr == "environ" and getattr(node.value, "id", "") == "os"


def _string(node: ast.AST) -> Optional[str]:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _is_main(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Compare)
        and getattr(node.left, "id", "") == "__name__"
        and len(node.ops) == 1
        and isinstance(node.ops[0], ast.Eq)
        and _string(node.comparators[0]) == "__main__"
    )
