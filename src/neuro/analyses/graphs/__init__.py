"""Brain networks: graph measures of voxels and regions, and diagnosis from them."""

from typing import TYPE_CHECKING

from neuro.lazy import exports

if TYPE_CHECKING:
    from neuro.analyses.graphs.api import *

__getattr__, __dir__ = exports(__name__)
