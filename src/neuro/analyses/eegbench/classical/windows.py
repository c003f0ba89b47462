"""Means of windows of time, and what is measured of components.

Window means: Blankertz et al., 2011, NeuroImage 56:814-825. Components: Luck, 2014, An
introduction to the event-related potential technique, chapter 9 (mean amplitude, peak, and the
latency that divides the area into halves).
"""

import numpy as np
from numpy.typing import NDArray

from neuro.analyses.eegbench.classical.steps import PerTrial, check_rate, window_samples
from neuro.analyses.eegbench.method import NotApplicableError

Floats = NDArray[np.float64]

COMPONENTS: dict[str, tuple[float, float, int]] = {
    "N1": (0.080, 0.130, -1),
    "P2": (0.150, 0.250, 1),
    "N2": (0.200, 0.350, -1),
    "P3": (0.300, 0.600, 1),
    "N400": (0.300, 0.500, -1),
    "LPP": (0.400, 0.800, 1),
}
"""Start and stop, s, and sign of each component."""


class WindowMeans(PerTrial):
    """Mean of each channel in consecutive windows.

    Parameters
    ----------
    width : float
        Of a window, s; at least one sample.
    start, stop : float or None
        From when to when, relative to the event, s; None for the trial's first or last sample. A
        window that is cut off at the end is left out.
    flatten : bool
        Whether to return vectors rather than channels by windows.
    sfreq, tmin : float or None
        Sampling rate, Hz, and time of the first sample, s.
    """

    def __init__(
        self,
        width: float = 0.05,
        start: float | None = None,
        stop: float | None = None,
        flatten: bool = True,
        sfreq: float | None = None,
        tmin: float | None = None,
    ) -> None:
        self.width = width
        self.start = start
        self.stop = stop
        self.flatten = flatten
        self.sfreq = sfreq
        self.tmin = tmin

    def transform(self, X: Floats) -> Floats:
        """Average trials of shape (n_trials, n_channels, n_times)."""
        sfreq, tmin = check_rate(self, self.sfreq), self.tmin or 0.0
        start = tmin if self.start is None else self.start
        stop = tmin + X.shape[-1] / sfreq if self.stop is None else self.stop
        chosen = window_samples("WindowMeans", start, stop, X.shape[-1], sfreq, tmin)
        length = chosen.stop - chosen.start
        n_windows = max(1, int(length / (self.width * sfreq) + 1e-9))
        edges = np.round(np.arange(n_windows + 1) * max(1.0, self.width * sfreq)).astype(np.intp)
        n_windows = int((edges <= length).sum()) - 1
        if n_windows < 1:
            n_windows, edges = 1, np.array([0, length])
        edges = edges[: n_windows + 1]
        part = X[..., chosen][..., : edges[-1]]
        sums = np.add.reduceat(np.asarray(part, dtype=np.float64), edges[:-1], axis=-1)
        means: Floats = sums / np.diff(edges)
        return means.reshape(len(X), -1) if self.flatten else means


class ComponentWindows(PerTrial):
    """Mean amplitude, peak and half-area latency of each channel in each component's window.

    Parameters
    ----------
    components : list of str or None
        Of :data:`COMPONENTS`; None for all of which the trials hold at least half.
    sfreq, tmin : float or None
        Sampling rate, Hz, and time of the first sample, s.
    """

    def __init__(
        self,
        components: list[str] | None = None,
        sfreq: float | None = None,
        tmin: float | None = None,
    ) -> None:
        self.components = components
        self.sfreq = sfreq
        self.tmin = tmin

    def transform(self, X: Floats) -> Floats:
        """Measure trials of shape (n_trials, n_channels, n_times)."""
        sfreq, tmin = check_rate(self, self.sfreq), self.tmin or 0.0
        found = []
        for name in self._names(X.shape[-1], sfreq, tmin):
            start, stop, sign = COMPONENTS[name]
            chosen = window_samples(name, start, stop, X.shape[-1], sfreq, tmin)
            found.append(_measure(np.asarray(X[..., chosen], dtype=np.float64), sign))
        return np.concatenate(found, axis=-1).reshape(len(X), -1)

    def _names(self, n_times: int, sfreq: float, tmin: float) -> list[str]:
        if self.components is not None:
            if unknown := set(self.components) - set(COMPONENTS):
                raise ValueError(
                    f"`components` must be of {', '.join(COMPONENTS)}, got {sorted(unknown)}"
                )
            return self.components
        end = tmin + n_times / sfreq
        held = {
            name: (min(stop, end) - max(start, tmin)) / (stop - start)
            for name, (start, stop, _) in COMPONENTS.items()
        }
        if not (names := [name for name, share in held.items() if share >= 0.5]):
            raise NotApplicableError(
                f"Trials from {tmin:g} to {end:g} s hold no component's window; the earliest is "
                f"N1 from {COMPONENTS['N1'][0]:g} to {COMPONENTS['N1'][1]:g} s after the event"
            )
        return names


def _measure(part: Floats, sign: int) -> Floats:
    """Mean, peak, and the sample before which half of the area lies, as a share of the window."""
    n_times = part.shape[-1]
    peak = (part * sign).max(axis=-1) * sign
    area = np.cumsum(np.maximum(part * sign, 0), axis=-1)
    half = (area < area[..., -1:] / 2).sum(axis=-1)
    # Without any deflection of this sign there is no latency: the window's middle says nothing.
    latency = np.where(area[..., -1] > 0, (half + 0.5) / n_times, 0.5)
    return np.stack((part.mean(axis=-1), peak, latency), axis=-1)
