"""Labelled trials of one task, with what splits, alignment and models need to know of them."""

from dataclasses import dataclass, fields, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Strings = NDArray[np.str_]


@dataclass(frozen=True)
class Sensors:
    """What the rows of a trial are.

    Parameters
    ----------
    ch_names : tuple of str
        Channels.
    ch_types : tuple of str
        MNE's types, e.g. `eeg`, `mag`, `grad`.
    sfreq : float
        Sampling rate, Hz.
    tmin : float
        First sample relative to the event, s.
    unit : str
        `V`, `T`, `T/m`, or `arbitrary` where the publisher has scaled the data.
    positions : ndarray, shape (n_channels, 3), or None
        In head coordinates, m; None where they are not known.
    """

    ch_names: tuple[str, ...]
    ch_types: tuple[str, ...]
    sfreq: float
    tmin: float = 0.0
    unit: str = "V"
    positions: Floats | None = None


@dataclass(frozen=True)
class Trials:
    """Trials of one task.

    Parameters
    ----------
    data : ndarray of float32, shape (n_trials, n_channels, n_times)
        In `sensors.unit`.
    sensors : Sensors
        What the channels are.
    y : ndarray of int, shape (n_trials,)
        Index into `classes`.
    classes : tuple of str
        Names of the classes.
    subject : ndarray of str, shape (n_trials,)
        Who was recorded.
    session, run : ndarray of str, shape (n_trials,)
        Empty strings where there is only one.
    onset : ndarray, shape (n_trials,)
        Time of the event in its recording, s; NaN where it is not known, and then the trials of a
        recording are taken to be in order of time.
    part : ndarray of str, shape (n_trials,)
        `train` or `test` where the publisher has split the trials, else empty strings.

    Raises
    ------
    ValueError
        If lengths differ, a label has no class, or a value is not finite.
    """

    data: NDArray[np.float32]
    sensors: Sensors
    y: Ints
    classes: tuple[str, ...]
    subject: Strings
    session: Strings
    run: Strings
    onset: Floats
    part: Strings

    def __post_init__(self) -> None:
        n_trials, n_channels, _ = self.data.shape
        for name in PER_TRIAL:
            if len(getattr(self, name)) != n_trials:
                raise ValueError(f"{n_trials} trials, but {len(getattr(self, name))} of `{name}`")
        if len(self.sensors.ch_names) != n_channels:
            raise ValueError(
                f"{n_channels} channels, but {len(self.sensors.ch_names)} of `ch_names`"
            )
        if n_trials and not 0 <= self.y.min() <= self.y.max() < len(self.classes):
            raise ValueError(f"y must be from 0 to {len(self.classes) - 1}, got {set(self.y)}")
        if bad := np.flatnonzero(~np.isfinite(self.data).all(axis=(1, 2))).tolist():
            raise ValueError(
                f"{len(bad)} of {n_trials} trials have values that are not finite, "
                f"e.g. trial {bad[0]} of subject {self.subject[bad[0]]}"
            )

    def __len__(self) -> int:
        return len(self.y)

    def take(self, index: Ints | NDArray[np.bool_]) -> Self:
        """Choose trials.

        Parameters
        ----------
        index : ndarray of int or bool
            Which.
        """
        return replace(self, **{name: getattr(self, name)[index] for name in PER_TRIAL})

    @property
    def recording(self) -> Strings:
        """Subject, session and run of each trial, as one name."""
        return np.array(
            ["/".join(key) for key in zip(self.subject, self.session, self.run, strict=True)],
            dtype=np.str_,
        ).reshape(-1)


PER_TRIAL = tuple(f.name for f in fields(Trials) if f.name not in ("sensors", "classes"))
"""What has one entry for each trial."""
