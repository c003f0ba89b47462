"""Dynamic connectomes: affinities, their non-negative factors and the communities of each."""

from typing import TYPE_CHECKING

from neuro.lazy import exports

if TYPE_CHECKING:
    from neuro.analyses.connectomes.api import *

__getattr__, __dir__ = exports(__name__)
