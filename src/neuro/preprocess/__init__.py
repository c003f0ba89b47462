"""From raw recordings to clean epochs and evoked responses."""
