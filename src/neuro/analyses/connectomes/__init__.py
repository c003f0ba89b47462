"""Dynamic connectomes: affinities, their non-negative factors and the communities of each."""
