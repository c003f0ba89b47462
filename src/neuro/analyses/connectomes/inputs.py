"""What is factorised together: all animals of a dataset whose neurons have names, or one recording.

Reads the products of preprocessing: aligned calcium traces, traces of a recording, binned spikes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from neuro.io import hdf5
from neuro.io.hdf5 import Array

Floats = NDArray[np.float64]
Spans = dict[str, list[tuple[float, float]]]
"""Onsets and ends, s from the first sample, by kind."""
SAME = 0.5
"""Epochs of recordings that share an axis of time may differ by this much, s."""


@dataclass(frozen=True)
class Group:
    """Animals that share neurons and time, or one recording.

    Parameters
    ----------
    label : str
        `all`, or the recording's name.
    animals, names : list of str
        Recordings, and neurons on the common axis.
    derivatives : ndarray, shape (n_animals, n_neurons, n_samples)
        Rate of change; NaN where an animal lacks the neuron or its recording has ended.
    sfreq : float
        Samples per second.
    epochs : dict
        Stimuli or behaviors.
    notes : list of str
        What a reader should know of how they came about.
    """

    label: str
    animals: list[str]
    names: list[str]
    derivatives: Floats
    sfreq: float
    epochs: Spans = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def calcium_groups(traces_paths: Sequence[str | Path], aligned_path: str | Path) -> list[Group]:
    """All recordings as one group where names are identities, else each by itself.

    Parameters
    ----------
    traces_paths : sequence of str | Path
        What :func:`neuro.preprocess.calcium.clean.run` wrote, in order.
    aligned_path : str | Path
        What :func:`neuro.preprocess.calcium.align.run` wrote of them.

    Returns
    -------
    groups : list of Group
        One, or one per recording.

    Raises
    ------
    ValueError
        If a recording has no derivative, or its frames are uneven.
    """
    aligned = hdf5.read(aligned_path)
    recordings = [hdf5.read(path) for path in traces_paths]
    labels = [Path(path).name.removesuffix("_traces.h5") for path in traces_paths]
    if len(aligned["names"].values) == 0 or len(recordings) == 1:
        pairs = zip(labels, recordings, strict=True)
        return [_alone(label, recording) for label, recording in pairs]
    if "derivative" not in aligned:
        _refuse_without_derivative(str(aligned_path))
    epochs, notes = _common(dict(zip(labels, map(_epochs, recordings), strict=True)))
    values, still = _without_bad_frames(aligned["derivative"].values, aligned["good"].values)
    return [
        Group(
            label="all",
            animals=[str(animal) for animal in aligned["animals"].values],
            names=[str(name) for name in aligned["names"].values],
            derivatives=values,
            sfreq=float(aligned["derivative"].attrs["sfreq"]),
            epochs=epochs,
            notes=notes + still,
        )
    ]


def spikes_groups(spikes_paths: Sequence[str | Path], smoothing: float) -> list[Group]:
    """Each recording's units, with the rate of change of their smoothed rates.

    Parameters
    ----------
    spikes_paths : sequence of str | Path
        What :func:`neuro.preprocess.spikes.binning.run` wrote.
    smoothing : float
        Standard deviation of the Gaussian, s. The square root of the smoothed counts is taken,
        which makes the noise of high and low rates alike. Epochs are smoothed each by itself.

    Returns
    -------
    groups : list of Group
        One per recording.
    """
    groups = []
    for path in spikes_paths:
        arrays = hdf5.read(path)
        width = float(arrays["counts"].attrs["bin_width"])
        kept = np.flatnonzero(arrays["units/kept"].values)
        counts = np.asarray(arrays["counts"].values, np.float64)[kept]
        part = np.asarray(arrays["epoch"].values)
        values = np.zeros_like(counts)
        for number in np.unique(part):
            its = part == number
            rate = np.sqrt(gaussian_filter1d(counts[:, its], smoothing / width, axis=1))
            values[:, its] = np.gradient(rate, width, axis=1) if its.sum() > 1 else 0.0
        labels = [str(label) for label in arrays["epochs/label"].values]
        regions = arrays["units/region"].values
        groups.append(
            Group(
                label=(label := Path(path).name.removesuffix("_spikes.h5")),
                animals=[label],
                names=[_unit(arrays["units/name"].values[i], regions[i]) for i in kept],
                derivatives=values[None],
                sfreq=1 / width,
                epochs=_runs([labels[number] for number in part], width),
            )
        )
    return groups


def _unit(name: object, region: object) -> str:
    return f"{region} {name}" if str(region) else str(name)


def _runs(labels: list[str], width: float) -> Spans:
    """Epochs as stretches of bins, which lie end to end; none where all bins have one label."""
    spans: Spans = {}
    edges = [0, *(i for i in range(1, len(labels)) if labels[i] != labels[i - 1]), len(labels)]
    for start, stop in pairwise(edges):
        spans.setdefault(labels[start], []).append((start * width, stop * width))
    return spans if len(spans) > 1 else {}


def _alone(label: str, arrays: dict[str, Array]) -> Group:
    if "derivative" not in arrays:
        _refuse_without_derivative(label)
    if not bool(arrays["time"].attrs["even"]):
        raise ValueError(
            f"{label}: frames are not evenly spaced; add `resample` to preprocess.chain"
        )
    kept = np.flatnonzero(arrays["present"].values)
    derivative = arrays["derivative"].values[None, kept]
    values, notes = _without_bad_frames(derivative, arrays["good"].values[None])
    return Group(
        label=label,
        animals=[label],
        names=[str(arrays["names"].values[i]) for i in kept],
        derivatives=values,
        sfreq=float(arrays["derivative"].attrs["sfreq"]),
        epochs=_epochs(arrays),
        notes=notes,
    )


def _refuse_without_derivative(where: str) -> None:
    raise ValueError(
        f"{where}: has no derivative, which connectomes are made of; add the step `derivative` to "
        "preprocess.chain"
    )


def _without_bad_frames(derivatives: Floats, good: NDArray[np.bool_]) -> tuple[Floats, list[str]]:
    """No change where a frame has an artifact: it binds no neurons together."""
    values = np.array(derivatives, np.float64)
    recorded = np.isfinite(values).any(1)
    bad = recorded & ~np.asarray(good, bool)
    for animal, frames in zip(values, bad, strict=True):
        animal[:, frames] = np.where(np.isnan(animal[:, frames]), np.nan, 0.0)
    share = bad.sum() / max(1, recorded.sum())
    told = [f"{share:.1%} of the frames have artifacts and count as no change"]
    return values, told if bad.any() else []


def _epochs(arrays: dict[str, Array]) -> Spans:
    spans: Spans = {}
    if "epochs/start" not in arrays:
        return spans
    first = float(np.asarray(arrays["time"].values)[0])
    last = float(np.asarray(arrays["time"].values)[-1])
    start, stop = (np.asarray(arrays[f"epochs/{key}"].values) for key in ("start", "stop"))
    for onset, end, label in zip(start, stop, arrays["epochs/label"].values, strict=True):
        if end > first and onset < last:
            spans.setdefault(str(label), []).append((float(onset) - first, float(end) - first))
    # What covers all of a recording tells nothing of when.
    return {
        label: parts
        for label, parts in spans.items()
        if sum(end - onset for onset, end in parts) < 0.99 * (last - first)
    }


def _common(epochs: dict[str, Spans]) -> tuple[Spans, list[str]]:
    """Epochs that all recordings have at the same times."""
    each = list(epochs.values())
    shared = {
        label: spans
        for label, spans in each[0].items()
        if all(_alike(spans, other.get(label, [])) for other in each)
    }
    lost = sorted({label for spans in each for label in spans} - set(shared))
    told = f"{', '.join(lost)}: not at the same times in all recordings, so not related to motifs"
    return shared, [told] if lost else []


def _alike(one: list[tuple[float, float]], other: list[tuple[float, float]]) -> bool:
    if len(one) != len(other):
        return False
    return bool(np.all(np.abs(np.subtract(one, other)) <= SAME))
