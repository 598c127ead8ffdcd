"""The programs whose exports are read, one form or two in each file."""
