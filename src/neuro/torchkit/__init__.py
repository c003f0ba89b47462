"""What all torch code shares."""
