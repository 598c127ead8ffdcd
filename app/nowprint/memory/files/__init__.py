"""Memory files, and exports of other programs: writes, reads, reviews and imports them."""
