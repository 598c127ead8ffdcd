"""Reads files that may come from anybody: zips, JSON and values, each checked before it is used."""
