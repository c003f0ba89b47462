"""One package per analysis; none knows another."""
