"""A mask of regions that tell the classes apart, learned from training subjects alone.

Voxels of one region share noise, so that the region is judged as a whole: by the mean size of its
features' t between the classes. The best regions are kept. (Dey et al. 2012 learn a mask of useful
regions too; how is not published in what could be read, so this rule is ours.)
"""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin

Floats = NDArray[np.float64]


def t_values(features: Floats, labels: NDArray[np.bool_]) -> Floats:
    """Student's t of the second class against the first, for each feature.

    Parameters
    ----------
    features : ndarray, shape (n_subjects, n_features)
        The features.
    labels : ndarray of bool, shape (..., n_subjects)
        The classes; several rows give as many rows of t.

    Returns
    -------
    t : ndarray, shape (..., n_features)
        0 where a feature is constant.
    """
    y = np.atleast_2d(labels).astype(float)
    n, n1 = y.shape[1], y.sum(axis=1, keepdims=True)
    n0 = n - n1
    total, squares = features.sum(axis=0), (features**2).sum(axis=0)
    sum1 = y @ features
    mean1, mean0 = sum1 / n1, (total - sum1) / n0
    within = np.maximum(squares - n1 * mean1**2 - n0 * mean0**2, 0) / (n - 2)
    error = np.sqrt(within * (1 / n1 + 1 / n0))
    tiny = 1e-12 * np.sqrt(squares / n + 1e-300)
    t: Floats = np.divide(mean1 - mean0, error, out=np.zeros_like(mean1), where=error > tiny)
    return t if np.ndim(labels) > 1 else np.asarray(t[0])


class RegionMask(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Keep the features of the best regions.

    Parameters
    ----------
    regions : ndarray of int, shape (n_features,)
        Region of each feature; negative for none, never kept.
    share : float
        Share of the regions that are kept, at least one.
    """

    def __init__(self, regions: NDArray[np.int64], share: float = 0.25) -> None:
        self.regions = regions
        self.share = share

    def fit(self, X: Floats, y: NDArray[np.bool_]) -> Self:
        """Judge the regions on training subjects."""
        names = np.unique(self.regions[self.regions >= 0])
        t = np.abs(t_values(np.asarray(X), np.asarray(y, dtype=bool)))
        means = np.array([t[self.regions == name].mean() for name in names])
        n_kept = max(1, round(self.share * len(names)))
        kept = names[np.argsort(-means, kind="stable")[:n_kept]]
        self.kept_ = np.sort(kept)
        self.support_ = np.isin(self.regions, kept)
        return self

    def transform(self, X: Floats) -> Floats:
        """Features in the kept regions."""
        return np.asarray(np.asarray(X)[:, self.support_])

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "support_")

    def get_support(self) -> Any:
        """Which features are kept."""
        return self.support_
