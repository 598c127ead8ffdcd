"""Python's own ``import`` for the window's process, which imports this module before all others.

PySide6 puts another in its place, which reads the source of every module that is imported afterwards:
one that names PySide6 may want Qt's functions by other names. None of ours does, and the reading takes
longer than the importing.
"""

from __future__ import annotations

import builtins

import PySide6.QtCore  # noqa: F401 - this is what puts it there

builtins.__import__ = getattr(builtins, "__orig_import__", builtins.__import__)
