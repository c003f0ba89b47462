"""A response for each image where images themselves were never shown: pairing by category.

An image of a category gets the mean of a few random blocks of the conditions that stand for the
category. What an encoder can learn from it is the axis between categories, scaled by how much
each voxel tells them apart.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from neuro.analyses.braindive.blocks import Blocks

Floats = NDArray[np.float64]


def pair(
    categories: NDArray[np.str_],
    blocks: Blocks,
    pairs: Mapping[str, Sequence[str]],
    n_blocks: int,
    rng: np.random.Generator,
) -> Floats:
    """Draw a response for each image.

    Parameters
    ----------
    categories : ndarray of str, shape (n_images,)
        Of the images.
    blocks : Blocks
        Responses to draw from.
    pairs : mapping of str to sequence of str
        Conditions by category of images; none for all that no category names.
    n_blocks : int
        Blocks that are averaged, drawn without replacement.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    responses : ndarray, shape (n_images, n_voxels)

    Raises
    ------
    ValueError
        If a category has no conditions, or a condition no blocks.
    """
    pools = {name: _pool(name, blocks, pairs) for name in dict.fromkeys(categories.tolist())}
    rows = []
    for category in categories.tolist():
        pool = pools[category]
        chosen = rng.choice(pool, min(n_blocks, len(pool)), replace=False)
        rows.append(blocks.patterns[chosen].mean(axis=0))
    return np.array(rows)


def _pool(category: str, blocks: Blocks, pairs: Mapping[str, Sequence[str]]) -> NDArray[np.intp]:
    """Blocks that stand for a category of images."""
    if category not in pairs:
        raise ValueError(
            f"pairs: images of category {category!r} have no conditions; name them, or an empty "
            f"list for all that no other category names. Given: {sorted(pairs)}"
        )
    there = sorted(set(blocks.categories.tolist()))
    named = {condition for conditions in pairs.values() for condition in conditions}
    if unknown := sorted(named - set(there)):
        raise ValueError(f"pairs: no blocks of {unknown}; conditions are {there}")
    wanted = list(pairs[category]) or [name for name in there if name not in named]
    if not wanted:
        raise ValueError(f"pairs: no condition is left for images of category {category!r}")
    return np.flatnonzero(np.isin(blocks.categories, wanted))
