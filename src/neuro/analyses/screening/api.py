"""Public names of the analysis: screening of tables of features against an outcome."""

from neuro.analyses.screening.engine import Screening, screen
from neuro.analyses.screening.files import open_features
from neuro.analyses.screening.identifiers import Identifier, find_identifiers
from neuro.stats.dependence.methods import Options

__all__ = [
    "Identifier",
    "Options",
    "Screening",
    "find_identifiers",
    "open_features",
    "screen",
]
