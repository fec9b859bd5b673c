"""Print what a Python file assigns at its top level, without running it: ``python -I -S assignments.py FILE``.

Used to translate Gunicorn's config files. Prints ``[[name, source, value, is_literal], …]`` as JSON.
"""

import ast
import json
import sys
from typing import Any, Dict, List, Tuple


def assignments(text: str) -> List[List[Any]]:
    """The assignments. If a name is assigned twice, the last one wins. A function, such as a hook, has only a name."""
    found: Dict[str, List[Any]] = {}
    _read(text, ast.parse(text).body, True, found)
    return [[name, *facts] for name, facts in found.items()]


def _read(text: str, body: List[ast.stmt], certain: bool, found: Dict[str, List[Any]]) -> None:
    """``certain``: whether these statements always run, whatever the environment."""
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            found[node.name] = ["def %s(…)" % node.name, None, False]
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                _assign(text, target, node.value, certain, found)
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            _assign(text, node.target, node.value, certain, found)
        elif isinstance(node, ast.AugAssign):
            _assign(text, node.target, node.value, False, found)
        elif isinstance(node, (ast.If, ast.Try, ast.With, ast.For, ast.While)):
            for name in ("body", "orelse", "finalbody"):
                _read(text, getattr(node, name, []), False, found)
            for handler in getattr(node, "handlers", []):
                _read(text, handler.body, False, found)


def _assign(text: str, target: ast.expr, value: ast.expr, certain: bool, found: Dict[str, List[Any]]) -> None:
    if isinstance(target, (ast.Tuple, ast.List)):
        each = value.elts if isinstance(value, (ast.Tuple, ast.List)) else []
        alike = len(each) == len(target.elts)
        for index, one in enumerate(target.elts):
            _assign(text, one, each[index] if alike else value, certain and alike, found)
    elif isinstance(target, ast.Name):
        source = " ".join((ast.get_source_segment(text, value) or "").split())
        known, literal = _literal(value) if certain else (None, False)
        found[target.id] = ["%s = %s" % (target.id, source), known, literal]


def _literal(node: ast.expr) -> Tuple[Any, bool]:
    try:
        value = ast.literal_eval(node)
        return json.loads(json.dumps(value, allow_nan=False)), True
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None, False


if __name__ == "__main__":
    with open(sys.argv[1], "rb") as file:
        source = file.read().decode("utf-8", "replace")
    print(json.dumps(assignments(source)))
