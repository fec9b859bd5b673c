"""Python files as syntax trees. Nothing is ever executed."""

from __future__ import annotations

import ast
import io
import os
import tokenize
import warnings
from typing import List, NamedTuple, Optional

# Larger files are not read. No wsgi.py and no settings come near this size.
MAX_FILE_BYTES = 1024 * 1024


class Source(NamedTuple):
    """A file that was read. ``path`` is relative to the project's folder."""

    path: str
    tree: ast.Module
    lines: List[str]

    def text(self, node: ast.AST) -> str:
        """The first line of a statement, as it stands in the file."""
        first, last = first_line(node), getattr(node, "end_lineno", None) or first_line(node)
        line = self.lines[first - 1].strip() if first <= len(self.lines) else ""
        return "%s …" % line if last > first else line


class Unreadable(Exception):
    """A file that this Python cannot read as Python."""

    def __init__(self, path: str, line: Optional[int], what: str, text: str = "") -> None:
        super().__init__(what)
        self.path = path
        self.line = line
        self.text = text


def first_line(node: ast.AST) -> int:
    """Where a statement begins, with its decorators."""
    lines: List[int] = [getattr(each, "lineno", 1) for each in (node, *getattr(node, "decorator_list", []))]
    return min(lines)


def read_bytes(folder: str, path: str) -> bytes:
    """The content of a regular file. Raises Unreadable."""
    full = os.path.join(folder, path)
    # A FIFO would keep us waiting.
    if not os.path.isfile(full):
        raise Unreadable(path, None, "it is not a regular file")
    try:
        if os.path.getsize(full) > MAX_FILE_BYTES:
            raise Unreadable(path, None, "it is larger than %d bytes" % MAX_FILE_BYTES)
        with open(full, "rb") as file:
            return file.read()
    except OSError as error:
        raise Unreadable(path, None, error.strerror or str(error)) from None


def read(folder: str, path: str) -> Source:
    """A file as Python reads it, in the encoding that it declares. Raises Unreadable."""
    data = read_bytes(folder, path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(data, path)
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    except SyntaxError as error:
        raise Unreadable(path, error.lineno, error.msg, (error.text or "").strip()) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise Unreadable(path, None, str(error) or "it is too deeply nested") from None
    return Source(path, tree, data.decode(encoding, "replace").splitlines())
