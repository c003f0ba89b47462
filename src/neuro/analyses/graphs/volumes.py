"""Maps of voxels as slices of a figure."""

from typing import TYPE_CHECKING, Any

import numpy as np
from nibabel.funcs import as_closest_canonical
from numpy.typing import NDArray

from neuro.analyses.graphs.maps import MEASURES
from neuro.viz.fmri_slices import SlicePicture
from neuro.viz.style import DIVERGING

if TYPE_CHECKING:
    from neuro.analyses.graphs.inputs import Nodes

Floats = NDArray[np.float64]

MOST_ROWS = 4
SHOWN = ("cycles3", "degree", "clustering", "eigenvector")
"""Maps that are drawn, if they are there."""
TITLES = {name: title for name, (title, _) in MEASURES.items()}


def _to_canonical(image: Any) -> Any:
    canonical: Any = as_closest_canonical
    return canonical(image)


def canonical(nodes: "Nodes", values: Floats) -> Floats:
    """A map on its grid, axes to the right, to the front and upwards."""
    return np.asarray(_to_canonical(nodes.volume(values)).dataobj, dtype=float)


def inside_of(nodes: "Nodes") -> NDArray[np.bool_]:
    """The mask on that grid."""
    return canonical(nodes, np.ones(len(nodes))) > 0


def slices_of(
    nodes: "Nodes",
    values: Floats,
    inside: NDArray[np.bool_],
    title: str,
    label: str,
    limit: float | None = None,
) -> SlicePicture:
    """A row of slices; with a limit, colors are those of signed values."""
    volume = np.where(inside, canonical(nodes, values), np.nan)
    zooms = _to_canonical(nodes.volume(values)).header.get_zooms()[:3]
    low, high = (float(q) for q in np.quantile(values, (0.02, 0.98)))
    limits = (low, high if high > low else low + 1) if limit is None else (-limit, limit)
    cmap = "magma" if limit is None else DIVERGING
    return SlicePicture(volume, [float(zoom) for zoom in zooms], title, label, cmap, limits)
