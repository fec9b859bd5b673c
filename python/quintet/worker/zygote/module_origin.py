"""Where a module comes from: the project, an installed library, or Python."""

from __future__ import annotations

import os
import sys
from types import ModuleType
from typing import Any, Iterator

from ...shared.own_code import FOLDER

PROJECT = "project"
LIBRARY = "library"
PYTHON = "Python"

# Where pip and Debian install libraries.
_INSTALLED = ("%ssite-packages%s" % (os.sep, os.sep), "%sdist-packages%s" % (os.sep, os.sep))
_STANDARD = os.path.dirname(os.__file__) + os.sep


def origin(name: Any) -> str:
    """Where the module of this name comes from: PROJECT, LIBRARY or PYTHON."""
    module = sys.modules.get(name) if type(name) is str else None
    if not is_module(module):
        return PYTHON if name in sys.builtin_module_names else PROJECT
    file = vars(module).get("__file__")
    if not isinstance(file, str):
        return PYTHON
    if any(part in file for part in _INSTALLED):
        return LIBRARY
    return PYTHON if file.startswith(_STANDARD) or file.startswith(FOLDER) else PROJECT


def modules(wanted: str) -> Iterator[ModuleType]:
    """The imported modules of one origin."""
    for name, module in list(sys.modules.items()):
        if is_module(module) and origin(name) == wanted:
            yield module


def is_module(value: Any) -> bool:
    """Like isinstance(), which would make a lazy object load."""
    return issubclass(type(value), ModuleType)
