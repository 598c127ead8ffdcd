"""Whose words a message holds: what the user tells, and what only stands in it."""
