"""Reads DEBUG and WSGI_APPLICATION from a project's settings, as far as possible without running them."""

from __future__ import annotations

import ast
import os
from typing import Any, Dict, List, Optional

from .source import Source, Unreadable, first_line, read

# Limits how deeply settings modules may import each other.
_MAX_IMPORT_DEPTH = 20
_NAMES = ("DEBUG", "WSGI_APPLICATION")

Found = Dict[str, Any]


def module_file(folder: str, root: str, module: str) -> Optional[str]:
    """The file of a module below an import root, relative to the project's folder."""
    path = os.path.join(root, *module.split("."))
    for name in (path + ".py", os.path.join(path, "__init__.py")):
        if os.path.isfile(os.path.join(folder, name)):
            return name
    return None


def read_settings(folder: str, root: str, module: str) -> Optional[Dict[str, Found]]:
    """DEBUG and WSGI_APPLICATION, with a ``value`` of None if it is computed. None if there is no such module."""
    if module_file(folder, root, module) is None:
        return None
    found: Dict[str, Found] = {}
    _Settings(folder, root, found).module(module, 0)
    return found


class _Settings:
    def __init__(self, folder: str, root: str, found: Dict[str, Found]) -> None:
        self._folder = folder
        self._root = root
        self._found = found

    def module(self, name: str, depth: int, certain: bool = True) -> bool:
        path = module_file(self._folder, self._root, name)
        if path is None or depth > _MAX_IMPORT_DEPTH:
            return False
        try:
            source = read(self._folder, path)
        except Unreadable:
            return False
        package = name if os.path.basename(path) == "__init__.py" else name.rpartition(".")[0]
        self._block(source, package, source.tree.body, depth, certain)
        return True

    def _block(self, source: Source, package: str, body: List[ast.stmt], depth: int, certain: bool) -> None:
        for node in body:
            if isinstance(node, ast.ImportFrom) and any(each.name == "*" for each in node.names):
                self.module(_absolute(package, node), depth + 1, certain)
            elif isinstance(node, (ast.Assign, ast.AnnAssign)):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                for target in targets:
                    if getattr(target, "id", None) in _NAMES and node.value is not None:
                        self._set(source, target.id, node, node.value, certain)  # type: ignore[attr-defined]
            elif isinstance(node, ast.Try):
                # Assume that a `try` block succeeds if all modules that it imports exist.
                if self._imports_are_there(package, node.body):
                    self._block(source, package, node.body + node.orelse, depth, certain)
                else:
                    for handler in node.handlers:
                        self._block(source, package, handler.body, depth, certain)
                self._block(source, package, node.finalbody, depth, certain)
            elif isinstance(node, ast.If):
                self._block(source, package, node.body + node.orelse, depth, certain=False)
            elif isinstance(node, ast.With):
                self._block(source, package, node.body, depth, certain)

    def _set(self, source: Source, name: str, node: ast.stmt, value: ast.expr, certain: bool) -> None:
        literal = value.value if certain and isinstance(value, ast.Constant) else None
        self._found[name] = {"value": literal, "path": source.path, "line": first_line(node)}

    def _imports_are_there(self, package: str, body: List[ast.stmt]) -> bool:
        return all(
            module_file(self._folder, self._root, _absolute(package, node)) is not None
            for node in body
            if isinstance(node, ast.ImportFrom) and any(each.name == "*" for each in node.names)
        )


def _absolute(package: str, node: ast.ImportFrom) -> str:
    if node.level == 0:
        return node.module or ""
    parts = package.split(".")
    parts = parts[: len(parts) - node.level + 1]
    return ".".join(parts + ([node.module] if node.module else []))
