"""Reads what other programs export: chats and facts, from a file, a folder or a zip.

Each program's file is a *form* (``forms.py``): how its elements are recognised, and how chats and facts are
read from them. Where the elements come from (JSON, JSON lines, gzip, a web page, a picture) is the same for
all (``elements.py``), and so is counting what is left out (``records.py``).
"""
