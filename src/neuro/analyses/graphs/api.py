"""Public names of the analysis: networks of voxels or regions, their maps, and diagnosis."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from neuro.analyses.graphs.builder import Network
from neuro.analyses.graphs.cohort import Cohort
from neuro.analyses.graphs.cycles import triangles
from neuro.analyses.graphs.differences import Difference, group_difference
from neuro.analyses.graphs.judgement import Judged, judge
from neuro.analyses.graphs.maps import feature_maps
from neuro.analyses.graphs.signals import standardize
from neuro.analyses.graphs.storage import Graph
from neuro.analyses.graphs.stream import networks
from neuro.analyses.graphs.thresholds import Absolute, Density, Sign, Significance, Threshold
from neuro.analyses.graphs.validation import Design, Predicted, validate
from neuro.io.convert import image_of, series_of

if TYPE_CHECKING:
    import nibabel

__all__ = [
    "Absolute",
    "Cohort",
    "Density",
    "Design",
    "Difference",
    "Graph",
    "Judged",
    "Network",
    "Predicted",
    "Significance",
    "feature_maps",
    "group_difference",
    "judge",
    "networks",
    "node_maps",
    "standardize",
    "triangles",
    "validate",
]


def node_maps(
    series: Any,
    measures: Sequence[str] = ("degree", "cycles3"),
    *,
    threshold: Threshold | None = None,
    mask: "nibabel.Nifti1Image | None" = None,
    sign: Sign = "positive",
    n_threads: int = 1,
) -> dict[str, Any]:
    """Map how each voxel or region is embedded in its correlation network.

    Parameters
    ----------
    series : ndarray, shape (n_times, n_nodes), or nibabel image, shape (x, y, z, n_times)
        Time courses; what they are to be cleaned of is taken out already.
    measures : sequence of str
        E.g. `degree`, `cycles3`, `clustering`, `eigenvector`, `pagerank`, `core`.
    threshold : Absolute, Density or Significance, optional
        Where an edge begins; the strongest 5 % of all pairs by default.
    mask : nibabel image, shape (x, y, z), optional
        Voxels of an image.
    sign : {'positive', 'negative', 'absolute'}
        Correlations that make edges.
    n_threads : int
        Threads.

    Returns
    -------
    maps : dict of str to ndarray, shape (n_nodes,), or nibabel image
        By measure; images where `series` is one.

    Raises
    ------
    ValueError
        If an image has no mask, a measure is unknown, or a time course is constant.

    Examples
    --------
    >>> import numpy as np
    >>> import neuro
    >>> rng = np.random.default_rng(0)
    >>> series = rng.standard_normal((100, 60))
    >>> series[:, :20] += 2 * rng.standard_normal((100, 1))  # twenty nodes that go together
    >>> maps = neuro.graphs.node_maps(series, threshold=neuro.graphs.Density(0.1))
    >>> sorted(np.argsort(maps["cycles3"])[-20:].tolist()) == list(range(20))
    True
    """
    is_image = hasattr(series, "affine")
    if is_image and mask is None:
        raise ValueError("mask: an image needs one; e.g. nilearn.masking.compute_epi_mask makes it")
    values = series_of(series, mask) if is_image and mask is not None else np.asarray(series)
    wanted = [threshold or Density(0.05)]
    (network,) = networks(standardize(values), wanted, sign=sign, n_threads=n_threads)
    found = feature_maps(network, measures, n_threads)
    if is_image and mask is not None:
        return {name: image_of(each, mask) for name, each in found.items()}
    return dict(found)
