"""Time courses of parcels, and zero-lag leakage between them.

All of it is linear in the sensors, and comes from their covariance: no voxel's time course is
ever computed.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuro.preprocess.meg.components import FULL_RANK
from neuro.preprocess.meg.parcellation import Parcels

Floats = NDArray[np.float64]
MEMBER = 0.5
"""From this share of its largest weight on, a point belongs to a parcel's core."""


@dataclass(frozen=True)
class Leakage:
    """Zero-lag correlations between parcels.

    Parameters
    ----------
    before, after : ndarray, shape (n_parcels, n_parcels)
        Correlations before and after orthogonalization.
    rank : int
        Dimensions of the parcels' time courses.
    """

    before: Floats
    after: Floats
    rank: int


def spatial_basis(weights: Floats, covariance: Floats, parcels: Parcels) -> Floats:
    """Filters whose output is the first principal component of each parcel's points.

    Its sign is that of the component's mean over points; its size that of the points in the
    parcel's core (standard deviation), weighted by the component (Quinn et al., osl).

    Parameters
    ----------
    weights : ndarray, shape (n_points, n_channels)
        Filters of the points.
    covariance : ndarray, shape (n_channels, n_channels)
        Of the sensors.
    parcels : Parcels
        Which points a parcel has.

    Returns
    -------
    filters : ndarray, shape (n_parcels, n_channels)
        Filters of the parcels.
    """
    filters = np.empty((len(parcels.names), weights.shape[1]))
    for i in range(len(parcels.names)):
        members = np.flatnonzero(parcels.weights[:, i] > 0)
        share = parcels.weights[members, i]
        weighted = share[:, np.newaxis] * weights[members]
        inner = weighted @ covariance @ weighted.T
        values, vectors = np.linalg.eigh((inner + inner.T) / 2)
        first = vectors[:, -1]
        spread = np.sqrt(np.diag(inner)) / share
        core = share > MEMBER * share.max()
        size = np.abs(first)
        scale = float((size * spread * core).sum() / size.sum())
        sign = -1.0 if first.mean() < 0 else 1.0
        filters[i] = sign * scale * (first @ weighted) / np.sqrt(values[-1])
    return filters


def orthogonalize(covariance: Floats, where: str) -> tuple[Floats, int]:
    """Find the mixture of the parcels that removes all zero-lag correlation (Colclough, 2015).

    Of all sets of orthogonal time courses with the same magnitudes, it is the one nearest to the
    weighted originals: L = U V' D, with U S V' the singular value decomposition of Y D.

    Parameters
    ----------
    covariance : ndarray, shape (n_parcels, n_parcels)
        Of the parcels' time courses.
    where : str
        The file, for messages.

    Returns
    -------
    mixture : ndarray, shape (n_parcels, n_parcels)
        To be multiplied from the left.
    rank : int
        Dimensions of the time courses.

    Raises
    ------
    ValueError
        If the time courses have fewer dimensions than there are parcels.
    """
    size = np.sqrt(np.diag(covariance))
    weighted = covariance * np.outer(size, size)
    values, vectors = np.linalg.eigh((weighted + weighted.T) / 2)
    n_parcels = len(covariance)
    rank = int((values > FULL_RANK * values[-1]).sum())
    if rank < n_parcels:
        raise ValueError(
            f"{where}: {n_parcels} parcels cannot be orthogonalized: their time courses have rank "
            f"{rank}, the number of dimensions that cleaning and preprocess.source.beamformer.rank "
            f"left. Take a parcellation of at most {rank} parcels, remove fewer dimensions, or set "
            "preprocess.source.orthogonalize: false"
        )
    inverse_root = (vectors / np.sqrt(values)) @ vectors.T
    return size[:, np.newaxis] * inverse_root * size, rank


def correlation(covariance: Floats) -> Floats:
    """Correlations behind a covariance."""
    size = np.sqrt(np.diag(covariance))
    found: Floats = covariance / np.outer(size, size)
    return found


def mean_absolute(matrix: Floats) -> float:
    """Mean absolute value below the diagonal."""
    return float(np.abs(matrix[np.tril_indices(len(matrix), -1)]).mean())
