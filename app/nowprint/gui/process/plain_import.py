"""Restores Python's own ``import`` in the window's process, which imports this module before all others.

PySide6 replaces ``import`` by a function that reads the source of every module that is imported
afterwards, because a module may ask for Qt's functions under other names (``from __feature__ import
snake_case``). No module of Nowprint does, and reading the source takes longer than the import.
"""

from __future__ import annotations

import builtins

import PySide6.QtCore  # noqa: F401 - replaces ``import``

builtins.__import__ = getattr(builtins, "__orig_import__", builtins.__import__)
