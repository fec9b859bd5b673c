"""Quintet's Python side. Standard library only, CPython 3.9 to 3.14.

Users import ``quintet.host``, ``quintet.errors``, ``quintet.input`` and ``quintet.timeout``.
"""
