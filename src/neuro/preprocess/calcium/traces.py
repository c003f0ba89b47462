"""Traces of neurons: what readers give, the chain changes, and the checks both begin with."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

MOST_NAMED = 5
"""Names shown in a message; more are counted."""
UNEVEN = 0.01
"""Frames whose distances differ by a larger share of the median are not evenly spaced."""
FEWEST_FRAMES = 10


@dataclass(frozen=True)
class Covariate:
    """What the animal did, at the frames.

    Parameters
    ----------
    values : ndarray, shape (n_times,) or (n_times, n_dims)
        NaN where it was not recorded.
    unit : str
        Its unit.
    circular : bool
        Whether it is an angle, in radians from 0 to 2π.
    """

    values: Floats
    unit: str
    circular: bool = False


@dataclass(frozen=True)
class Epochs:
    """Named stretches of a recording, s."""

    start: Floats
    stop: Floats
    label: list[str]


@dataclass
class Traces:
    """Traces of one recording; steps change them in place.

    Parameters
    ----------
    values : ndarray, shape (n_neurons, n_times)
        In the unit that `kind` implies.
    time : ndarray, shape (n_times,)
        Time of each frame, s.
    names : list of str
        Neurons.
    identified : ndarray, shape (n_neurons,)
        Whether a name is an identity that holds across animals.
    kind : str
        `fluorescence`, `dff`, `zscore` or `components`.
    neuropil : ndarray, shape (n_neurons, n_times) | None
        Light of the surrounding neuropil, until it is subtracted.
    shifts : ndarray, shape (n_times, 2) | None
        Shifts of motion correction, pixels.
    covariates : dict of str to Covariate
        By name.
    epochs : Epochs | None
        Named stretches.
    good : ndarray, shape (n_times,)
        Frames without artifacts.
    present : ndarray, shape (n_neurons,)
        Neurons that are used.
    baseline, denoised, deconvolved, derivative : ndarray, shape (n_neurons, n_times) | None
        What steps add: F0, the model's calcium, events, rate of change per second.
    tau : ndarray, shape (n_neurons, order) | None
        Time constants of decay and rise behind the deconvolution, s.
    """

    values: Floats
    time: Floats
    names: list[str]
    identified: Bools
    kind: str
    neuropil: Floats | None = None
    shifts: Floats | None = None
    covariates: dict[str, Covariate] = field(default_factory=dict)
    epochs: Epochs | None = None
    good: Bools = field(init=False)
    present: Bools = field(init=False)
    baseline: Floats | None = None
    denoised: Floats | None = None
    deconvolved: Floats | None = None
    derivative: Floats | None = None
    tau: Floats | None = None

    def __post_init__(self) -> None:
        self.good = np.ones(len(self.time), dtype=bool)
        self.present = np.ones(len(self.names), dtype=bool)

    @property
    def sfreq(self) -> float:
        """Frame rate, Hz: one over the median distance of frames."""
        return rate_of(self.time)

    @property
    def is_even(self) -> bool:
        """Whether frames are evenly spaced."""
        step = np.diff(self.time)
        return bool(np.all(np.abs(step - np.median(step)) <= UNEVEN * np.median(step)))


@dataclass(frozen=True)
class Opened:
    """A recording's header: what is known without reading the traces.

    Parameters
    ----------
    where : str
        The file, for messages.
    names : list of str
        Neurons, after the selection of cells.
    n_found : int
        Regions in the file.
    n_frames : int
        Frames.
    sfreq : float
        Frame rate, Hz.
    kind : str
        What the traces are.
    has_neuropil : bool
        Whether there are traces of the neuropil.
    format : str
        Name of the format.
    notes : list of str
        What a reader of the results must know.
    load : callable
        Reads the traces.
    covariates : list of str
        Covariates in the file; a reader that looks for them only with the traces gives none.
    """

    where: str
    names: list[str]
    n_found: int
    n_frames: int
    sfreq: float
    kind: str
    has_neuropil: bool
    format: str
    notes: list[str]
    load: Callable[[], Traces]
    covariates: list[str] = field(default_factory=list)

    @property
    def facts(self) -> dict[str, Any]:
        """The recording as its authors stored it, ready for JSON."""
        return {
            "format": self.format,
            "kind": self.kind,
            "sfreq": self.sfreq,
            "duration_s": round(self.n_frames / self.sfreq, 3),
            "n_frames": self.n_frames,
            "n_neurons": len(self.names),
            "n_found": self.n_found,
            "neuropil": self.has_neuropil,
            "notes": self.notes,
        }


def rate_of(time: Floats) -> float:
    """Frame rate, Hz, to nine digits: times carry rounding."""
    return float(f"{1.0 / np.median(np.diff(time)):.9g}")


def named(names: Iterable[str]) -> str:
    """Some names for a message: `a, b, c, d, e and 7 more`."""
    given = list(names)
    more = f" and {len(given) - MOST_NAMED} more" if len(given) > MOST_NAMED else ""
    return ", ".join(given[:MOST_NAMED]) + more


def check_header(opened: Opened) -> None:
    """Check what is known before the traces are read.

    Raises
    ------
    ValueError
        If there is no neuron, a name comes twice, the rate is not positive, or there are too few
        frames.
    """
    where, names = opened.where, opened.names
    if not names:
        raise ValueError(
            f"{where}: no neuron is left of {opened.n_found} region(s); see read.cells_only and "
            "read.exclude"
        )
    counts: dict[str, int] = {}
    for name in names:
        counts[name] = counts.get(name, 0) + 1
    if twice := [name for name, n in counts.items() if n > 1]:
        raise ValueError(
            f"{where}: neuron name(s) more than once: {named(twice)}; names must differ: rename "
            "them in the file"
        )
    if not (np.isfinite(opened.sfreq) and opened.sfreq > 0):
        raise ValueError(f"{where}: the frame rate must be above 0 Hz, got {opened.sfreq:g}")
    if opened.n_frames < FEWEST_FRAMES:
        raise ValueError(
            f"{where}: has {opened.n_frames} frame(s) of {len(names)} neuron(s); at least "
            f"{FEWEST_FRAMES} are needed. Are neurons and time exchanged?"
        )


def check_time(time: Floats, where: str) -> None:
    """Check the times of the frames.

    Raises
    ------
    ValueError
        If they are not finite or do not increase.
    """
    if bad := int(np.count_nonzero(~np.isfinite(time))):
        raise ValueError(f"{where}: {bad} of {len(time)} times of frames are not finite")
    if len(back := np.flatnonzero(np.diff(time) <= 0)):
        i = int(back[0])
        raise ValueError(
            f"{where}: time does not increase: {time[i]:g} s (frame {i}) is followed by "
            f"{time[i + 1]:g} s"
        )


def check_traces(traces: Traces, where: str) -> None:
    """Check the samples.

    Raises
    ------
    ValueError
        If shapes disagree, values are not finite, or a trace is constant; names the neurons.
    """
    n = (len(traces.names), len(traces.time))
    if traces.values.shape != n:
        raise ValueError(
            f"{where}: has traces of shape {traces.values.shape} for {n[0]} neuron(s) and {n[1]} "
            "frame(s)"
        )
    check_time(traces.time, where)
    remedy = "leave them out with read.exclude, or mend the file"
    for what, values in (("traces", traces.values), ("neuropil", traces.neuropil)):
        if values is None:
            continue
        broken: Bools = np.isnan(values.min(axis=1)) | np.isinf(values).any(axis=1)
        if broken.any():
            count = int(np.count_nonzero(~np.isfinite(values)))
            raise ValueError(
                f"{where}: NaN or infinite values ({count}) in the {what} of "
                f"{named(pick(traces.names, broken))}; {remedy}"
            )
    flat: Bools = traces.values.min(axis=1) == traces.values.max(axis=1)
    if flat.any():
        raise ValueError(f"{where}: constant trace(s): {named(pick(traces.names, flat))}; {remedy}")


def pick(names: Sequence[str], mask: Bools) -> list[str]:
    """Names where a mask is true."""
    return [name for name, chosen in zip(names, mask, strict=True) if chosen]


def bridged(values: Floats, good: Bools) -> Floats:
    """Traces with straight lines over frames that are not good; a copy where there are any."""
    if good.all():
        return values
    frames = np.arange(values.shape[-1])
    return np.array([np.interp(frames, frames[good], row[good]) for row in values])
