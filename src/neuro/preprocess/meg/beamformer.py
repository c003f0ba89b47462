"""Linearly constrained minimum variance beamformer (Van Veen et al., 1997) of a given rank."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import mne
import numpy as np
from numpy.typing import NDArray

from neuro.preprocess.meg.channels import by_kind, good_mask
from neuro.preprocess.meg.components import FULL_RANK

if TYPE_CHECKING:
    from neuro.config.meg_source import Beamformer as Params

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Filters:
    """Spatial filters of all grid points.

    Parameters
    ----------
    weights : ndarray, shape (n_points, n_channels)
        Filters, of maximum power among all orientations.
    rank : int
        Dimensions of the data that they use.
    full_rank : int
        Dimensions that there are.
    """

    weights: Floats
    rank: int
    full_rank: int


def data_covariance(raw: mne.io.BaseRaw) -> Floats:
    """Covariance of all channels over the samples outside of bad segments."""
    data = raw.get_data()[:, good_mask(raw)]
    covariance: Floats = np.cov(data)
    return covariance


def diagonal_noise(info: mne.Info, covariance: Floats) -> Floats:
    """Mean variance of each type of channel, on a diagonal."""
    variances = np.diag(covariance).copy()
    for _, picks in by_kind(info, bads=True):
        variances[picks] = variances[picks].mean()
    return np.diag(variances)


def regularized(info: mne.Info, covariance: Floats, share: float) -> Floats:
    """A covariance with a share of each type's mean variance added to its diagonal."""
    return covariance + share * diagonal_noise(info, covariance)


def make_filters(
    info: mne.Info,
    forward: mne.Forward,
    covariance: Floats,
    noise: Floats,
    params: "Params",
    where: str,
) -> Filters:
    """Make the filters with MNE's beamformer, in the strongest dimensions of the data.

    Noise and data covariance are restricted to the leading eigenvectors of the whitened data
    covariance, so that both have the rank asked for, whatever signal-space separation,
    projections and components have taken away.

    Parameters
    ----------
    info : mne.Info
        The channels, all of them good MEG channels.
    forward : mne.Forward
        Fields of the sources.
    covariance, noise : ndarray, shape (n_channels, n_channels)
        Covariance of data and of noise.
    params : Beamformer
        Rank, regularization, normalization.
    where : str
        The file, for messages.

    Returns
    -------
    filters : Filters
        For data that are neither whitened nor projected.

    Raises
    ------
    ValueError
        If the rank asked for is larger than that of the data.
    """
    root, inverse_root = _roots(noise)
    whitened = inverse_root @ covariance @ inverse_root
    values, vectors = np.linalg.eigh((whitened + whitened.T) / 2)
    full_rank = int((values > FULL_RANK * values[-1]).sum())
    rank = full_rank if params.rank is None else params.rank
    if rank > full_rank:
        raise ValueError(
            f"{where}: preprocess.source.beamformer.rank: the data have {full_rank} dimensions, "
            f"{rank} are asked for. Give at most {full_rank}, or null"
        )
    kept = vectors[:, -rank:]
    onto = root @ kept
    names = info["ch_names"]

    def restricted(inner: Floats) -> mne.Covariance:
        return mne.Covariance(onto @ inner @ onto.T, names, [], [], 1, verbose="ERROR")

    kinds = [kind for kind, _ in by_kind(info, bads=True)]
    filters = mne.beamformer.make_lcmv(
        info,
        forward,
        restricted(np.diag(values[-rank:])),
        reg=params.reg,
        noise_cov=restricted(np.eye(rank)),
        pick_ori="max-power",
        weight_norm=params.weight_norm,
        rank={"meg" if len(kinds) > 1 else kinds[0]: rank},
        verbose="ERROR",
    )
    if filters["ch_names"] != names:
        raise RuntimeError("The beamformer has other channels than the recording")
    return Filters(filters["weights"] @ filters["whitener"], rank, full_rank)


def _roots(noise: Floats) -> tuple[Floats, Floats]:
    """Symmetric square root of a covariance and its inverse; units do not matter."""
    scale = np.sqrt(np.diag(noise))
    values, vectors = np.linalg.eigh(noise / np.outer(scale, scale))
    values = np.maximum(values, FULL_RANK * values[-1])
    # R = S^(1/2) with S = D C D: any root will do, as long as the two are inverses.
    root = (vectors * np.sqrt(values)) @ vectors.T
    inverse = (vectors / np.sqrt(values)) @ vectors.T
    if np.allclose(noise, np.diag(np.diag(noise)), rtol=0, atol=0):
        return np.diag(scale), np.diag(1 / scale)
    return scale[:, np.newaxis] * root, inverse / scale
