"""Dynamic connectomes: affinities of traces, factorized into motifs."""
