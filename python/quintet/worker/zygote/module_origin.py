"""Whose a module is: the project's own, an installed library's, or Python's."""

from __future__ import annotations

import os
import sys
from types import ModuleType
from typing import Any, Iterator

from ...shared.own_code import FOLDER

PROJECT = "project"
LIBRARY = "library"
PYTHON = "Python"

# Where pip and Debian put what they install.
_INSTALLED = ("%ssite-packages%s" % (os.sep, os.sep), "%sdist-packages%s" % (os.sep, os.sep))
_STANDARD = os.path.dirname(os.__file__) + os.sep


def origin(name: Any) -> str:
    """Whose the module of this name is."""
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
    """The modules of one origin that are imported."""
    for name, module in list(sys.modules.items()):
        if is_module(module) and origin(name) == wanted:
            yield module


def is_module(value: Any) -> bool:
    """As isinstance, which would ask a lazy object what it is, and so have it load."""
    return issubclass(type(value), ModuleType)
