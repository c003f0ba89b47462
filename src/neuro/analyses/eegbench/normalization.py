"""Normalization of each trial and channel by itself: it depends on no other trial."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from neuro.analyses.eegbench.trials import Trials

Data = NDArray[np.float32]
CUT = 20.0
"""Interquartile ranges at which `robust` cuts."""


def trial_z(data: Data) -> Data:
    """Mean 0 and standard deviation 1; a flat channel becomes 0."""
    centered = data - data.mean(axis=-1, keepdims=True, dtype=np.float64)
    spread = centered.std(axis=-1, keepdims=True)
    scaled: Data = np.divide(centered, spread, out=np.zeros_like(centered), where=spread > 0)
    return scaled.astype(np.float32)


def robust(data: Data) -> Data:
    """Median 0 and interquartile range 1, cut at :data:`CUT`; a flat channel becomes 0."""
    low, middle, high = np.quantile(data.astype(np.float64), [0.25, 0.5, 0.75], axis=-1,
                                    keepdims=True)  # fmt: skip
    spread = high - low
    centered = data - middle
    scaled: Data = np.divide(centered, spread, out=np.zeros_like(centered), where=spread > 0)
    return np.clip(scaled, -CUT, CUT).astype(np.float32)


NORMALIZATIONS: dict[str, Callable[[Data], Data] | None] = {
    "none": None,
    "trial-z": trial_z,
    "robust": robust,
}
"""By name in the configuration."""


def normalize(trials: Trials, how: str) -> Trials:
    """Normalize trials.

    Parameters
    ----------
    trials : Trials
        Any.
    how : str
        A key of :data:`NORMALIZATIONS`.

    Returns
    -------
    normalized : Trials
        In arbitrary units, unless nothing is done.
    """
    function = NORMALIZATIONS[how]
    if function is None:
        return trials
    sensors = replace(trials.sensors, unit="arbitrary")
    return replace(trials, data=function(trials.data), sensors=sensors)
