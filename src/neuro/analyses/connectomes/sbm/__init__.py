"""Weighted stochastic block models: nested hierarchies and communities, by shortest description.

`fit` is the nested model. `fit_planted` and `fit_strength` look for plain communities, and
`find_communities` fits them all and ranks the partitions they find.
"""

from neuro.analyses.connectomes.sbm.description import description_length
from neuro.analyses.connectomes.sbm.graph import Weights
from neuro.analyses.connectomes.sbm.graphtool import fit_graph_tool, has_graph_tool
from neuro.analyses.connectomes.sbm.levels import choose_level, consensus, two_views
from neuro.analyses.connectomes.sbm.lfr import lfr_graph
from neuro.analyses.connectomes.sbm.nested import NestedBlocks, fit
from neuro.analyses.connectomes.sbm.planted import PlantedBlocks, fit_planted
from neuro.analyses.connectomes.sbm.select import Communities, find_communities
from neuro.analyses.connectomes.sbm.strength import StrengthBlocks, fit_strength

__all__ = [
    "Communities",
    "NestedBlocks",
    "PlantedBlocks",
    "StrengthBlocks",
    "Weights",
    "choose_level",
    "consensus",
    "description_length",
    "find_communities",
    "fit",
    "fit_graph_tool",
    "fit_planted",
    "fit_strength",
    "has_graph_tool",
    "lfr_graph",
    "two_views",
]
