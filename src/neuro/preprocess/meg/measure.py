"""Deflections of the evoked response at the sources, by hemisphere."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from neuro.io.hdf5 import Array
from neuro.stats.intervals import Band, mean_band

if TYPE_CHECKING:
    from neuro.config.meg import MEGComponent

Floats = NDArray[np.float64]
SIDES = {"left": -1, "right": 1}
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Peak:
    """The largest deflection of one hemisphere.

    Parameters
    ----------
    side : str
        `left` or `right`.
    parcel : str
        The parcel.
    latency : float
        Of its peak, s.
    amplitude : float
        Of its peak, in standard deviations of the parcel's time course, without sign.
    p : float
        Chance of a peak as large at any parcel of the hemisphere in the window, by sign flips of
        the trials.
    voxel : ndarray, shape (3,)
        Where the largest voxel is, mm, MNI152.
    voxel_latency : float
        Of the voxel's peak, s.
    wave : Band
        Time course of the parcel, turned so that its peak is positive, with its interval.
    """

    side: str
    parcel: str
    latency: float
    amplitude: float
    p: float
    voxel: Floats
    voxel_latency: float
    wave: Band


@dataclass(frozen=True)
class Component:
    """A deflection in both hemispheres.

    Parameters
    ----------
    name : str
        What it is called.
    times : ndarray, shape (n_times,)
        Of the epochs, s.
    window : tuple of float
        Where it was looked for, s.
    n_trials : int
        Trials.
    peaks : list of Peak
        By hemisphere; none for a hemisphere without parcels.
    voxels : ndarray, shape (n_voxels, 3)
        The grid, mm.
    map : ndarray, shape (n_voxels,)
        Largest amplitude of each voxel within the window, noise standard deviations.
    """

    name: str
    times: Floats
    window: tuple[float, float]
    n_trials: int
    peaks: list[Peak]
    voxels: Floats
    map: Floats


def measure(
    arrays: Mapping[str, Array], name: str, component: "MEGComponent", rng: np.random.Generator
) -> Component:
    """Find a component.

    Parameters
    ----------
    arrays : mapping of str to Array
        From :func:`neuro.preprocess.meg.evoked.evoked_arrays`, with names and centroids.
    name : str
        The component.
    component : MEGComponent
        Conditions, window, permutations.
    rng : numpy.random.Generator
        Random numbers.
    """
    times = np.asarray(arrays["evoked/times"].values)
    conditions = np.asarray(arrays["evoked/condition"].values)
    chosen = np.isin(conditions, component.conditions)
    trials = np.asarray(arrays["evoked/trials"].values, dtype=float)[chosen]
    inside = (times >= component.window[0]) & (times <= component.window[1])
    points = np.asarray(arrays["voxels"].values)
    voxels = np.abs(np.asarray(arrays[f"components/{name}/voxels"].values, dtype=float))
    flips = rng.choice([-1.0, 1.0], (component.n_permutations, len(trials)))
    peaks = []
    for side, sign in SIDES.items():
        own = np.flatnonzero(np.sign(np.asarray(arrays["centroids"].values)[:, 0]) == sign)
        near = np.flatnonzero(np.sign(points[:, 0]) == sign)
        if not len(own) or not len(near):
            continue
        where, when = _largest(voxels[near][:, inside])
        names = [str(arrays["names"].values[i]) for i in own]
        peak = _peak(trials[:, own], times, inside, flips)
        peaks.append(
            Peak(
                side=side,
                parcel=names[peak[0]],
                latency=float(times[inside][peak[1]]),
                amplitude=peak[2],
                p=peak[3],
                voxel=points[near][where],
                voxel_latency=float(times[inside][when]),
                wave=peak[4],
            )
        )
    return Component(
        name=name,
        times=times,
        window=component.window,
        n_trials=len(trials),
        peaks=peaks,
        voxels=points,
        map=voxels[:, inside].max(axis=1),
    )


def _peak(
    trials: Floats, times: Floats, inside: NDArray[np.bool_], flips: Floats
) -> tuple[int, int, float, float, Band]:
    """Parcel, sample within the window, amplitude, p and wave of the largest deflection."""
    part = trials[:, :, inside]
    mean = part.mean(axis=0)
    parcel, sample = _largest(np.abs(mean))
    observed = float(np.abs(mean[parcel, sample]))
    flat = part.reshape(len(part), -1)
    null = np.array([np.abs(flip @ flat).max() / len(part) for flip in flips])
    p = (1 + int((null >= observed).sum())) / (1 + len(null))
    turned = trials[:, parcel] * np.sign(mean[parcel, sample])
    return parcel, sample, observed, p, mean_band(turned, CONFIDENCE)


def _largest(values: Floats) -> tuple[int, int]:
    row, column = np.unravel_index(int(np.argmax(values)), values.shape)
    return int(row), int(column)
