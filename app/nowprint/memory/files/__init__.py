"""Memory files and exports from elsewhere: writing, reading with care, reviewing, taking over."""
