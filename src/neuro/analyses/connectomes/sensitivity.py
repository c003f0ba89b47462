"""Would another kernel have found the same motifs?"""

from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from neuro.analyses.connectomes.affinity import KERNELS, standardise
from neuro.analyses.connectomes.agreement import unit
from neuro.analyses.connectomes.stages import affinity_tensor, best, fitted

if TYPE_CHECKING:
    from neuro.analyses.connectomes.inputs import Group
    from neuro.analyses.connectomes.model import Result

Floats = NDArray[np.float64]
MOST_STARTS = 4


def other_kernels(
    group: "Group", result: "Result", rng: np.random.Generator, device: torch.device | str = "cpu"
) -> dict[str, Floats]:
    """Factorise at the same rank with each of the other kernels.

    Parameters
    ----------
    group : Group
        What was factorised.
    result : Result
        Its motifs.
    rng : Generator
        Random numbers.
    device : device
        Where torch computes.

    Returns
    -------
    matches : dict of str to ndarray, shape (n_motifs,)
        By kernel: cosine of each motif's time course with its partner's, times that of their
        pairs; each motif has one partner.
    """
    settings = result.settings
    n_samples = result.n_samples
    values = torch.as_tensor(group.derivatives[..., :n_samples], dtype=torch.float32, device=device)
    standard, present = standardise(values, group.names)
    first, second = np.triu_indices(len(group.names), 1)
    pairs = [
        graph[:, first, second].T
        for graph in (result.adjacency, result.opposite)
        if graph is not None
    ]
    own = [torch.tensor(result.times), torch.tensor(np.concatenate(pairs))]
    matches: dict[str, Floats] = {}
    for kernel in KERNELS:
        if kernel == settings.kernel:
            continue
        generator = torch.Generator().manual_seed(int(rng.integers(2**31)))
        starts = min(MOST_STARTS, settings.n_restarts)
        other = settings.model_copy(update={"kernel": kernel, "n_restarts": starts})
        tensor = affinity_tensor(standard, present, group.sfreq, other, generator)
        times, _, loadings = best(fitted(tensor, result.n_motifs, other, generator))
        found = [times.double().cpu(), loadings.double().cpu()]
        cosines = [unit(one).T @ unit(two) for one, two in zip(own, found, strict=True)]
        table = (cosines[0] * cosines[1]).numpy()
        rows, columns = linear_sum_assignment(-table)
        matches[kernel] = table[rows, columns]
    return matches
