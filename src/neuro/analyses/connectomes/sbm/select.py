"""Communities of a weighted graph where nobody knows the model: fit several, rank what they find.

Nested block models (degree-corrected or not), planted communities with popularities of nodes, and
communities of strength each give partitions: of a hierarchy, all its levels. `two_views` ranks
them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from neuro.analyses.connectomes.sbm.graph import Ints, Weights
from neuro.analyses.connectomes.sbm.levels import two_views
from neuro.analyses.connectomes.sbm.nested import NestedBlocks, fit
from neuro.analyses.connectomes.sbm.planted import PlantedBlocks, distinct, fit_planted
from neuro.analyses.connectomes.sbm.strength import StrengthBlocks, fit_strength

Model = Literal["nested", "planted", "strength"]
CONTINUOUS = ("exponential", "lognormal", "normal")


@dataclass(frozen=True)
class Communities:
    """The chosen partition, and what it was chosen from.

    Attributes
    ----------
    blocks : ndarray, shape (n_nodes,)
        Community of each node, labels 0, 1, ...
    model : {'nested', 'planted', 'strength'}
        The model that found it.
    level : int
        Level of the hierarchy, 0 for the models without one.
    nested : list of NestedBlocks
        The fitted hierarchies, that of the shortest description first.
    planted : PlantedBlocks
        The fitted planted communities.
    strength : StrengthBlocks
        The fitted communities of strength.
    """

    blocks: Ints
    model: Model
    level: int
    nested: list[NestedBlocks]
    planted: PlantedBlocks
    strength: StrengthBlocks


def find_communities(
    adjacency: ArrayLike,
    *,
    weights: Sequence[Weights] = ("exponential",),
    degree_corrected: Sequence[bool] = (True, False),
    n_restarts: int = 1,
    rng: np.random.Generator,
) -> Communities:
    """Fit all models, and choose among their partitions without a truth.

    Parameters
    ----------
    adjacency : array-like, shape (n_nodes, n_nodes)
        Symmetric positive weights, zero where there is no edge, zero on the diagonal.
    weights : sequence of {'exponential', 'lognormal', 'normal'}
        Weights of the nested models: of continuous ones only, as a density does not compare with
        the probability of a count.
    degree_corrected : sequence of bool
        Which nested models to fit.
    n_restarts : int
        Searches for each nested model; the others take several times as many.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    communities : Communities
        The chosen partition with all fits.

    Raises
    ------
    ValueError
        If the adjacency is malformed or has a negative weight, or a model is not of continuous
        weights.

    Examples
    --------
    >>> import numpy as np
    >>> import neuro
    >>> rng = np.random.default_rng(0)
    >>> weights = rng.exponential(0.2, (24, 24))
    >>> weights[:12, :12] += 1.0  # two groups of twelve
    >>> weights[12:, 12:] += 1.0
    >>> weights = np.triu(weights, 1)
    >>> found = neuro.connectomes.find_communities(weights + weights.T, rng=rng)
    >>> len(set(found.blocks[:12])), len(set(found.blocks[12:])), len(set(found.blocks))
    (1, 1, 2)
    """
    for one in weights:
        if one not in CONTINUOUS:
            raise ValueError(
                f"Only models of continuous weights compare: {', '.join(CONTINUOUS)}. Got {one!r}"
            )
    nested = [
        fit(adjacency, weights=one, degree_corrected=corrected, n_restarts=n_restarts, rng=rng)
        for one in weights
        for corrected in degree_corrected
    ]
    nested.sort(key=lambda one: one.description_length)
    strength = fit_strength(adjacency, n_restarts=6 * n_restarts, rng=rng)
    found: list[tuple[Ints, Model, int]] = [(strength.blocks, "strength", 0)]
    for fitted in nested:
        found += [(level, "nested", number) for number, level in enumerate(fitted.levels)]
    starts = [start for start, _, _ in found]
    planted = fit_planted(adjacency, starts=starts, n_restarts=4 * n_restarts, rng=rng)
    found.insert(0, (planted.blocks, "planted", 0))
    partitions = distinct(start for start, _, _ in found)
    blocks = partitions[int(np.argmin(two_views(adjacency, partitions)))]
    model, level = next((model, level) for start, model, level in found if start is blocks)
    return Communities(blocks, model, level, nested, planted, strength)
