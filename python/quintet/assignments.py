"""What a Python file assigns at its top level, without running it: ``python -I -S assignments.py FILE``.

For a config file of Gunicorn, to name its settings. Prints ``[[name, source, value, is_literal], …]`` as JSON.
"""

import ast
import json
import sys
from typing import Any, Dict, List, Tuple


def assignments(text: str) -> List[List[Any]]:
    """Of a name that is assigned twice the last one; of a function, such as a hook, its name alone."""
    found: Dict[str, List[Any]] = {}
    for node in ast.parse(text).body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            found[node.name] = ["def %s(…)" % node.name, None, False]
        elif isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
            source = " ".join((ast.get_source_segment(text, node.value) or "").split())
            value, literal = _literal(node.value)
            for target in targets:
                if isinstance(target, ast.Name):
                    found[target.id] = ["%s = %s" % (target.id, source), value, literal]
    return [[name, *facts] for name, facts in found.items()]


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
