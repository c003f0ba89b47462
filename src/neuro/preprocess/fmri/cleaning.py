"""Cleaning of time courses by nilearn's `signal.clean`, a block of voxels at a time.

Detrending, filters, regression and scrubbing go together (Lindquist et al. 2019, Human Brain
Mapping 40:2358): regressors are filtered like the signals, and volumes left out are bridged for
the filter only.
"""

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from neuro.config.fmri import Clean

Floats = NDArray[np.float64]

BLOCK = 256
"""Voxels cleaned at a time."""


@dataclass(frozen=True)
class Recipe:
    """How time courses are cleaned.

    Parameters
    ----------
    params : Clean
        Detrending, filters, scaling.
    tr : float
        Repetition time, s.
    regressors : ndarray, shape (n_times, n_regressors) | None
        What is projected out.
    good : ndarray of bool, shape (n_times,)
        Volumes that are kept.
    """

    params: "Clean"
    tr: float
    regressors: Floats | None
    good: NDArray[np.bool_]

    def check(self, where: Any) -> None:
        """Check that something is left to estimate from.

        Raises
        ------
        ValueError
            If there are not more good volumes than regressors.
        """
        n_good = int(self.good.sum())
        n_regressors = 0 if self.regressors is None else self.regressors.shape[1]
        if n_good <= n_regressors + 3:
            raise ValueError(
                f"{where}: {n_good} volumes are left for {n_regressors} confounds; nothing would "
                "remain. Take fewer confounds, or scrub less"
            )


def unscaled(series: Any, recipe: Recipe, *, filtered: bool = True) -> Floats:
    """Clean time courses without scaling them.

    Parameters
    ----------
    series : ndarray, shape (n_times, n_series)
        As recorded.
    recipe : Recipe
        How.
    filtered : bool
        Whether the filter is applied.

    Returns
    -------
    cleaned : ndarray, shape (n_good, n_series)
        Good volumes only.
    """
    from nilearn.signal import clean

    params = recipe.params
    high = params.high_pass if filtered else None
    low = params.low_pass if filtered else None
    with warnings.catch_warnings():
        # Regressors of constant value are no harm: nilearn says so of each.
        warnings.simplefilter("ignore")
        cleaned = clean(
            np.asarray(series, dtype=np.float64),
            detrend=params.detrend,
            standardize=None,
            sample_mask=None if recipe.good.all() else np.flatnonzero(recipe.good),
            confounds=recipe.regressors,
            filter="butterworth" if high or low else False,
            high_pass=high,
            low_pass=low,
            t_r=recipe.tr,
            # All series at once: one after the other takes a hundred times as long.
            butterworth__copy=True,
        )
    return np.asarray(cleaned)


def scale_of(cleaned: Floats, baseline: Floats, standardize: str | None) -> Floats:
    """What time courses are divided by.

    Parameters
    ----------
    cleaned : ndarray, shape (n_good, n_series)
        From :func:`unscaled`.
    baseline : ndarray, shape (n_series,)
        Mean of each series as recorded.
    standardize : str | None
        `zscore`, `psc` or None.

    Raises
    ------
    ValueError
        If percent of the mean is asked for where the mean is zero.
    """
    if standardize == "zscore":
        deviation = cleaned.std(axis=0, ddof=1)
        return np.where(deviation > 0, deviation, 1.0)
    if standardize == "psc":
        if not np.all(np.abs(baseline) > np.finfo(np.float32).tiny):
            raise ValueError(
                "preprocess.clean.standardize: psc needs means other than zero; the volumes were "
                "demeaned before. Take zscore"
            )
        return np.asarray(np.abs(baseline) / 100)
    return np.ones(cleaned.shape[1])


def scaled(cleaned: Floats, scale: Floats, standardize: str | None) -> Floats:
    """Center and divide, or leave as they are where nothing is asked for."""
    if standardize is None:
        return cleaned
    return np.asarray((cleaned - cleaned.mean(axis=0)) / scale)


def clean_series(series: Any, recipe: Recipe) -> Floats:
    """Clean and scale a few time courses; volumes left out are NaN.

    Parameters
    ----------
    series : ndarray, shape (n_times, n_series)
        As recorded.
    recipe : Recipe
        How.

    Returns
    -------
    cleaned : ndarray, shape (n_times, n_series)
        NaN where a volume is not good.
    """
    standardize = recipe.params.standardize
    cleaned = unscaled(series, recipe)
    baseline = np.asarray(series, dtype=np.float64)[recipe.good].mean(axis=0)
    result = np.full(np.shape(series), np.nan)
    scale = scale_of(cleaned, baseline, standardize)
    result[recipe.good] = scaled(cleaned, scale, standardize)
    return result
