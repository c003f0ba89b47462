"""What was planted in simulated recordings, beside what was found."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import normalized_mutual_info_score

from neuro.analyses.connectomes.agreement import Modes, factor_match, unit
from neuro.io import hdf5

if TYPE_CHECKING:
    from neuro.analyses.connectomes.model import Result


@dataclass(frozen=True)
class Recovered:
    """How well planted motifs were found.

    Parameters
    ----------
    match : float
        Mean over motifs of the product of the cosines of time courses, animals and pairs.
    nmi : float
        Mean over motifs of the normalized mutual information of communities.
    n_planted : int
        Motifs that were planted.
    driven : int
        The motif that was found for the one that follows the stimulus.
    driven_peaks_inside : bool
        Whether its time course has its maximum in the stimulus.
    """

    match: float
    nmi: float
    n_planted: int
    driven: int
    driven_peaks_inside: bool


def compare(truth_path: str | Path, result: "Result") -> Recovered:
    """Compare motifs with what `truth.h5` of a simulation tells.

    Parameters
    ----------
    truth_path : str | Path
        The file at the root of the dataset's tree.
    result : Result
        Motifs of all its animals, in the tree's order.
    """
    arrays = {name: array.values for name, array in hdf5.read(truth_path).items()}
    at = {str(name): i for i, name in enumerate(arrays["names"])}
    chosen = [at[name] for name in result.names]
    modes = _modes(arrays, chosen, result)
    found = modes_of(result)
    cosines = [unit(one).T @ unit(two) for one, two in zip(found, modes, strict=True)]
    rows, columns = linear_sum_assignment(-torch.stack(cosines).prod(0).numpy())
    nmi = [
        normalized_mutual_info_score(
            arrays["communities"][motif][chosen], result.communities[row].labels
        )
        for row, motif in zip(rows, columns, strict=True)
    ]
    pairs = dict(zip(columns.tolist(), rows.tolist(), strict=True))
    driven = pairs.get(0, -1)
    middle = (int(result.times[:, driven].argmax()) + 0.5) * result.step
    inside = [onset <= middle < end for onset, end in arrays["stimulus"]]
    return Recovered(
        match=factor_match(found, modes),
        nmi=float(np.mean(nmi)),
        n_planted=modes[0].shape[1],
        driven=driven,
        driven_peaks_inside=driven >= 0 and any(inside),
    )


def modes_of(result: "Result") -> Modes:
    """Times, animals and pairs of a result, each (size, n_motifs)."""
    first, second = np.triu_indices(len(result.names), 1)
    pairs = result.adjacency[:, first, second].T
    return torch.tensor(result.times), torch.tensor(result.loadings), torch.tensor(pairs)


def _modes(arrays: dict[str, NDArray[np.float64]], chosen: list[int], result: "Result") -> Modes:
    times = np.asarray(arrays["times"], np.float64)
    width = len(times) // len(result.times)
    courses = times[: width * len(result.times)].reshape(len(result.times), width, -1).mean(1)
    member = np.asarray(arrays["memberships"], np.float64)[:, chosen]
    square = np.einsum("rng,rmg->rnm", member, member)
    first, second = np.triu_indices(len(chosen), 1)
    strengths = np.asarray(arrays["strengths"], np.float64)
    return torch.tensor(courses), torch.tensor(strengths), torch.tensor(square[:, first, second].T)
