"""Functional connectivity between parcels, through nilearn's `ConnectivityMeasure`."""

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

KINDS = {
    "correlation": "correlation",
    "partial": "partial correlation",
    "covariance": "covariance",
    "precision": "precision",
    "tangent": "tangent",
}
"""nilearn's word for each kind."""
INVERTED = ("partial", "precision", "tangent")


def connectivity(series: Sequence[Floats], kind: str, estimator: str) -> tuple[Floats, Floats]:
    """Connectivity of one or several recordings.

    Parameters
    ----------
    series : sequence of ndarray, shape (n_times, n_parcels)
        Time courses without missing values; z-scored here for all kinds but `covariance` and
        `precision`, since shrinkage depends on the scale.
    kind : str
        One of :data:`KINDS`.
    estimator : str
        `ledoit_wolf` or `empirical`.

    Returns
    -------
    matrices : ndarray, shape (n_recordings, n_parcels, n_parcels)
        One for each.
    mean : ndarray, shape (n_parcels, n_parcels)
        Their mean; for `tangent` the geometric mean that they are compared with (Varoquaux et al.
        2010).

    Raises
    ------
    ValueError
        If an empirical covariance cannot be inverted, or `tangent` has fewer than two recordings.
    """
    from nilearn.connectome import ConnectivityMeasure
    from sklearn.covariance import EmpiricalCovariance, LedoitWolf

    shortest = min(len(one) for one in series)
    n_parcels = series[0].shape[1]
    if estimator == "empirical" and kind in INVERTED and shortest <= n_parcels:
        raise ValueError(
            f"preprocess.connectivity: {kind} with estimator `empirical` needs more volumes than "
            f"parcels; got {shortest} volumes and {n_parcels} parcels. Take ledoit_wolf"
        )
    if kind == "tangent" and len(series) < 2:
        raise ValueError(
            "preprocess.connectivity.kinds: tangent compares recordings with their mean and needs "
            f"at least 2 recordings, got {len(series)}"
        )
    covariance: Any = (
        LedoitWolf(store_precision=False)
        if estimator == "ledoit_wolf"
        else EmpiricalCovariance(store_precision=False)
    )
    if kind not in ("covariance", "precision"):
        series = [(one - one.mean(axis=0)) / one.std(axis=0, ddof=1) for one in series]
    # What is scaled here must not be scaled once more, by another degree of freedom.
    measure = ConnectivityMeasure(cov_estimator=covariance, kind=KINDS[kind], standardize=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", category=FutureWarning)
        matrices = np.asarray(measure.fit_transform([np.asarray(one) for one in series]))
    return matrices, np.asarray(measure.mean_)


def upper(matrix: Floats) -> Floats:
    """Elements above the diagonal, row by row."""
    return np.asarray(matrix[np.triu_indices(len(matrix), 1)])


def structure_function(counts: Floats, functional: Floats) -> tuple[float, int]:
    """Correlation of structural and functional connectivity over pairs of parcels.

    Parameters
    ----------
    counts : ndarray, shape (n_parcels, n_parcels)
        Streamlines; the mean of both directions is taken.
    functional : ndarray, shape (n_parcels, n_parcels)
        Correlation between time courses.

    Returns
    -------
    r : float
        Pearson correlation of log(1 + counts) and `functional` above the diagonal.
    n : int
        Pairs that both have.
    """
    structural = np.log1p(upper((counts + counts.T) / 2))
    other = upper(functional)
    both = np.isfinite(structural) & np.isfinite(other)
    return float(np.corrcoef(structural[both], other[both])[0, 1]), int(both.sum())
