"""What made simulated recordings, beside what was found."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neuro.analyses.states.analysis import Result
from neuro.analyses.states.metrics import adjacency_of, balanced_accuracy, match_any, weight_error
from neuro.analyses.states.recorded import Recorded
from neuro.io import hdf5
from neuro.io.manifest import KeyNumber

CHANCE_EDGES = 1 / 3
"""Balanced accuracy of guessing one of three classes."""


@dataclass(frozen=True)
class Recovered:
    """How well states and networks of a simulation were found.

    Parameters
    ----------
    n_true, n_found : int
        Numbers of states.
    accuracy : float
        Share of bins whose most probable state is the true one, states matched.
    largest : float
        Share of bins in the most common true state: what a single state reaches.
    edges : float
        Balanced accuracy of the classes of edges (inhibitory, none, excitatory), matched states.
    weight_error, weight_size : float or None
        Frobenius norm of the error of the weights and of the weights themselves, mean over matched
        states; None where the links differ.
    n_bins : int
        Bins that were compared.
    """

    n_true: int
    n_found: int
    accuracy: float
    largest: float
    edges: float
    weight_error: float | None
    weight_size: float | None
    n_bins: int


def compare(path: str | Path, recorded: Recorded, result: Result) -> Recovered:
    """Compare a recording's states and networks with what `truth.h5` tells.

    Parameters
    ----------
    path : str | Path
        The file at the root of the dataset's tree.
    recorded : Recorded
        The recording.
    result : Result
        What was found.

    Raises
    ------
    ValueError
        If the file does not tell of the recording.
    """
    arrays = hdf5.read(path)
    its = {
        name.removeprefix(f"{recorded.label}/"): array
        for name, array in arrays.items()
        if name.startswith(f"{recorded.label}/")
    }
    if not its:
        there = sorted({name.split("/")[0] for name in arrays})
        raise ValueError(f"{path}: tells nothing of {recorded.label}; it has {there}")
    states, width = its["states"].values, float(its["states"].attrs["bin_width"])
    known, sequence, bin_ = _places(recorded.times, its["onsets"].values, width, states.shape[1])
    true = states[sequence, bin_].astype(np.int64)
    n_true = len(its["weights"].values)
    found = result.states.argmax(axis=1)[known]
    matched, order, accuracy = match_any(true, found, n_true, result.n_states)
    at = {str(name): i for i, name in enumerate(its["names"].values)}
    chosen = np.array([at[name] for name in recorded.whole.names])
    of_truth = np.ix_(matched, chosen, chosen)
    weights = result.networks.weights[order]
    classes = result.networks.adjacency
    same_link = its["weights"].attrs["link"] == result.fitted.spec.observation.link
    expected = its["weights"].values[of_truth]
    return Recovered(
        n_true=n_true,
        n_found=result.n_states,
        accuracy=accuracy,
        largest=float(np.bincount(true).max() / len(true)),
        edges=balanced_accuracy(
            its["adjacency"].values[of_truth],
            adjacency_of(weights) if classes is None else classes[order],
        ),
        weight_error=weight_error(expected, weights) if same_link else None,
        weight_size=weight_error(expected, 0 * expected) if same_link else None,
        n_bins=len(true),
    )


def _places(
    times: NDArray[np.float64], onsets: NDArray[np.float64], width: float, n_bins: int
) -> tuple[NDArray[np.bool_], NDArray[np.int64], NDArray[np.int64]]:
    """Bins of the recording that lie in a sequence; the sequence and bin of the truth of each."""
    sequence = np.searchsorted(onsets, times, side="right") - 1
    bin_ = np.floor((times - onsets[np.maximum(sequence, 0)]) / width).astype(np.int64)
    known = (sequence >= 0) & (bin_ >= 0) & (bin_ < n_bins)
    return known, sequence[known].astype(np.int64), bin_[known]


def truth_numbers(
    parts: Sequence[tuple[Recorded, Result]], recovered: Sequence[Recovered]
) -> list[KeyNumber]:
    """Numbers of all simulated recordings; none of others."""
    several = len(parts) > 1
    numbers = []
    for (recorded, _), each in zip(parts, recovered, strict=bool(recovered)):
        end = f", {recorded.label}" if several else ""
        numbers += _numbers(each, end)
    return numbers


def _numbers(each: Recovered, end: str) -> list[KeyNumber]:
    states = f"{each.n_found} found, {each.n_true} simulated"
    numbers = [
        KeyNumber(
            name=f"bins whose simulated state is found{end}",
            value=100 * each.accuracy,
            unit="%",
            chance=100 * each.largest,
            n=f"{each.n_bins} bins",
            note=f"{states}; chance: the most common state",
        ),
        KeyNumber(
            name=f"simulated edges that are found, balanced over kinds{end}",
            value=100 * each.edges,
            unit="%",
            chance=100 * CHANCE_EDGES,
            n=states,
        ),
    ]
    if each.weight_error is not None and each.weight_size is not None:
        numbers.append(
            KeyNumber(
                name=f"error of the simulated weights, Frobenius norm per state{end}",
                value=each.weight_error,
                chance=each.weight_size,
                note="chance: all weights zero",
            )
        )
    return numbers
