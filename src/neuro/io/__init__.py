"""Files: written whole or not at all, byte-stable, and checked when they are read."""
