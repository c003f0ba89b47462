"""tensorly: its factorisation as another backend, and its form of a factorisation."""

import numpy as np
import tensorly.decomposition
import torch
from tensorly.cp_tensor import CPTensor

from neuro.analyses.connectomes.factors import Factors, ordered
from neuro.analyses.connectomes.tensors import Dense

MAX_ITER = 500


def cp_tensor(found: Factors, restart: int = 0) -> CPTensor:
    """One restart as tensorly's type: weights, and times, animals and pairs of unit length.

    Parameters
    ----------
    found : Factors
        Of any backend.
    restart : int
        Which restart, best first.

    Returns
    -------
    tensor : CPTensor
        NumPy arrays of double precision.
    """
    times, animals, pairs = (
        factor[restart].double().cpu().numpy()
        for factor in (found.times, found.animals, found.pairs)
    )
    weights = np.linalg.norm(times, axis=0)
    unit = times / np.where(weights > 0, weights, 1.0)
    return CPTensor((weights, [unit, animals, pairs]))


def tensorly_factors(
    tensor: Dense, rank: int, n_restarts: int, tol: float, generator: torch.Generator
) -> Factors:
    """Factorise with tensorly, one start after the other.

    Parameters
    ----------
    tensor : Dense
        Non-negative affinities. With a mask the updates are multiplicative, the only ones of
        tensorly's that take one; else by HALS.
    rank, n_restarts : int
        Components, and random starts.
    tol : float
        tensorly's tolerance of the error's change.
    generator : torch.Generator
        Random numbers of the starts.

    Returns
    -------
    factors : Factors
        As :func:`~.ntf.factorise` returns them.
    """
    values = tensor.values.double().cpu().numpy()
    seeds = torch.randint(2**31, (n_restarts,), generator=generator).tolist()
    keys = {"init": "random", "n_iter_max": MAX_ITER, "tol": tol, "return_errors": True}
    found, iterations = [], 0
    for seed in seeds:
        if tensor.mask is None or bool(tensor.mask.bool().all()):
            decompose = tensorly.decomposition.non_negative_parafac_hals
            one, errors = decompose(values, rank, random_state=seed, **keys)
        else:
            mask = np.broadcast_to(tensor.mask.double().cpu().numpy(), values.shape)
            decompose = tensorly.decomposition.non_negative_parafac
            one, errors = decompose(values, rank, random_state=seed, mask=mask, **keys)
        weights = np.ones(rank) if one.weights is None else np.asarray(one.weights)
        found.append([np.asarray(one.factors[0]) * weights, *map(np.asarray, one.factors[1:])])
        iterations = max(iterations, len(errors))
    factors = [
        torch.from_numpy(np.stack([each[mode].T for each in found])).to(tensor.values)
        for mode in range(3)
    ]
    misfits = torch.tensor([_misfit(tensor, [f[i] for f in factors]) for i in range(n_restarts)])
    return ordered(factors, torch.arange(n_restarts), misfits, misfits, iterations)


def _misfit(tensor: Dense, factors: list[torch.Tensor]) -> float:
    """Squared error over the measured entries, relative to their squared norm."""
    times, animals, pairs = (factor.double() for factor in factors)
    model = torch.einsum("rt,ra,rp->tap", times, animals, pairs)
    error = tensor.values.double() - model
    if tensor.mask is not None:
        error = error * tensor.mask.to(error)
    return float(error.square().sum() / tensor.squared_norm())
