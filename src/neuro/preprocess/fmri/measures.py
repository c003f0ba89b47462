"""What a run's voxels tell before and after cleaning, gathered a block of voxels at a time."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy
from numpy.typing import NDArray

from neuro.preprocess.fmri.cleaning import BLOCK, Recipe, scale_of, scaled, unscaled
from neuro.preprocess.fmri.fluctuations import bridged, fluctuations

if TYPE_CHECKING:
    from neuro.config.fmri import Maps

Floats = NDArray[np.float64]

CARPET = 600
"""Voxels whose time courses are kept as they were, for the carpet plot."""


@dataclass
class Measures:
    """Numbers of voxels and of volumes.

    Parameters
    ----------
    scale, baseline, tsnr : ndarray, shape (n_voxels,)
        What cleaned time courses were divided by; mean as recorded; mean over standard deviation.
    maps : dict of str to ndarray, shape (n_voxels,)
        `alff`, `falff`, as asked for.
    global_signal : ndarray, shape (n_times,)
        Mean over voxels as recorded, percent of its own mean.
    dvars : dict of str to ndarray, shape (n_times,)
        `before` and `after`: root mean square over voxels of the change from the volume before,
        percent of the mean signal (Power et al. 2012); NaN where a volume is left out.
    carpet : ndarray of int, shape (n_shown,)
        Voxels shown in the carpet plot.
    carpet_before : ndarray, shape (n_times, n_shown)
        Their time courses as recorded, z-scored after a linear detrending.
    """

    scale: Floats
    baseline: Floats
    tsnr: Floats
    maps: dict[str, Floats]
    global_signal: Floats
    dvars: dict[str, Floats]
    carpet: NDArray[np.int64]
    carpet_before: NDArray[np.float32]


def clean_voxels(matrix: Any, recipe: Recipe, maps: "Maps") -> Measures:
    """Clean a run's voxels in place.

    Parameters
    ----------
    matrix : ndarray of float32, shape (n_times, n_voxels)
        As recorded; cleaned and scaled on return, NaN where a volume is left out.
    recipe : Recipe
        How.
    maps : Maps
        Which maps are wanted.

    Returns
    -------
    measures : Measures
        What was measured on the way.
    """
    n_times, n_voxels = matrix.shape
    good = recipe.good
    overall = matrix.mean(axis=1, dtype=np.float64)
    shown = np.unique(np.linspace(0, n_voxels - 1, min(CARPET, n_voxels)).astype(int))
    wanted = [kind for kind in ("alff", "falff") if kind in maps.kinds]
    told = Measures(
        scale=np.empty(n_voxels),
        baseline=np.empty(n_voxels),
        tsnr=np.empty(n_voxels),
        maps={kind: np.empty(n_voxels) for kind in wanted},
        global_signal=100 * (overall / (overall.mean() or 1.0) - 1),
        dvars={},
        carpet=shown,
        carpet_before=_zscored(matrix[:, shown].astype(np.float64)).astype(np.float32),
    )
    power = {"before": np.zeros(n_times), "after": np.zeros(n_times)}
    for start in range(0, n_voxels, BLOCK):
        part = slice(start, min(start + BLOCK, n_voxels))
        block = matrix[:, part].astype(np.float64)
        cleaned = unscaled(block, recipe)
        told.baseline[part] = block[good].mean(axis=0)
        told.tsnr[part] = _tsnr(block[good])
        told.scale[part] = scale_of(cleaned, told.baseline[part], recipe.params.standardize)
        if wanted:
            _fluctuations(told, part, block, recipe, maps)
        after = np.full(block.shape, np.nan)
        after[good] = cleaned
        for key, values in (("before", block), ("after", after)):
            power[key][1:] += (np.diff(values, axis=0) ** 2).sum(axis=1)
        after[good] = scaled(cleaned, told.scale[part], recipe.params.standardize)
        matrix[:, part] = after
    level = abs(told.baseline.mean()) or 1.0
    told.dvars = {key: 100 * np.sqrt(sums / n_voxels) / level for key, sums in power.items()}
    return told


def _fluctuations(told: Measures, part: slice, block: Floats, recipe: Recipe, maps: "Maps") -> None:
    """ALFF and fALFF need all frequencies: they come from what was not band-passed."""
    whole = bridged(unscaled(block, recipe, filtered=False), recipe.good)
    alff, falff = fluctuations(whole, recipe.tr, maps.band)
    for kind, values in (("alff", alff), ("falff", falff)):
        if kind in told.maps:
            told.maps[kind][part] = values


def _tsnr(block: Floats) -> Floats:
    """Mean over standard deviation, after a linear detrending."""
    deviation = scipy.signal.detrend(block, axis=0).std(axis=0, ddof=1)
    return np.asarray(block.mean(axis=0) / np.where(deviation > 0, deviation, np.inf))


def _zscored(series: Floats) -> Floats:
    series = scipy.signal.detrend(series, axis=0)
    deviation = series.std(axis=0)
    return np.asarray(series / np.where(deviation > 0, deviation, 1.0))
