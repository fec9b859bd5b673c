"""Distinguishes Quintet's own code from the application's, in tracebacks and on stacks."""

from __future__ import annotations

import os
from typing import Any, Mapping

_PACKAGE = __name__.partition(".")[0]

# The folder of the package, with a trailing separator.
FOLDER = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


def is_own_code(module: Mapping[str, Any]) -> bool:
    """Whether a module is part of this package.

    ``module``: the module's globals, as a stack frame has them.
    """
    package = module.get("__package__")
    return type(package) is str and (package == _PACKAGE or package.startswith(_PACKAGE + "."))
