"""Speed and memory of the factorisation against tensorly, pyttb and tensortools, on one thread.

Every measurement runs in a process of its own: `python -m benchmarks._connectomes_ntf <what>`
prints one line of JSON. CPU seconds are those of the process; peak memory is what is above that
after the imports.
"""

import importlib.util
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[1]
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")
ROUNDS = 5
RANK, RESTARTS = 6, 30


def measured(what: str, *args: str) -> dict[str, Any]:
    """Run a measurement in a process with one thread."""
    command = [sys.executable, "-m", "benchmarks._connectomes_ntf", what, *args]
    env = {**os.environ, **dict.fromkeys(THREADS, "1")}
    done = subprocess.run(command, cwd=ROOT, env=env, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def planted(seed: int = 0) -> tuple[np.ndarray, list[np.ndarray]]:
    """240 times x 10 animals x 780 pairs of rank 6, with noise of half the standard deviation."""
    rng = np.random.default_rng(seed)

    def sparse(n: int) -> np.ndarray:
        return np.abs(rng.standard_normal((n, RANK))) * (rng.random((n, RANK)) < 0.3)

    factors = [sparse(240), rng.random((10, RANK)), sparse(780)]
    clean = np.einsum("tr,wr,pr->twp", *factors)
    noisy = clean + 0.5 * clean.std() * rng.standard_normal(clean.shape)
    return np.maximum(noisy, 0), factors


def quality(values: np.ndarray, found: list[np.ndarray], truth: list[np.ndarray]) -> dict[str, Any]:
    import torch

    from neuro.analyses.connectomes.agreement import factor_match

    model = np.einsum("tr,wr,pr->twp", *found)
    explained = 1 - float(((values - model) ** 2).sum() / (values**2).sum())
    modes = [tuple(torch.as_tensor(f).double() for f in three) for three in (found, truth)]
    return {"explained": explained, "match": factor_match(modes[0], modes[1])}


def timed(function: Callable[[], Any]) -> tuple[float, Any]:
    start = time.process_time()
    result = function()
    return time.process_time() - start, result


def _dense(values: np.ndarray) -> Any:
    import torch

    from neuro.analyses.connectomes.tensors import Dense

    torch.set_num_threads(1)
    return Dense(torch.tensor(values, dtype=torch.float32))


def _ours(tensor: Any, seed: int, n_restarts: int = 1) -> Any:
    import torch

    from neuro.analyses.connectomes.ntf import factorise

    generator = torch.Generator().manual_seed(seed)
    return factorise(
        tensor, RANK, n_restarts=n_restarts, tol=1e-6, generator=generator, like=tensor.values
    )


def _modes(found: Any) -> list[np.ndarray]:
    return [f[0].double().numpy() for f in (found.times, found.animals, found.pairs)]


def _hals(values: np.ndarray, seed: int) -> Any:
    from tensorly.decomposition import non_negative_parafac_hals

    return non_negative_parafac_hals(
        values, RANK, init="random", n_iter_max=500, tol=1e-6, random_state=seed
    )


def _weighted(cp: Any) -> list[np.ndarray]:
    return [cp.weights * cp.factors[0], *cp.factors[1:]]


def _pyttb(values: np.ndarray, seed: int) -> list[np.ndarray]:
    import pyttb
    from pyttb.gcp.fg_setup import setup as functions
    from pyttb.gcp.handles import Objectives
    from pyttb.gcp.optimizers import LBFGSB

    rng = np.random.default_rng(seed)
    tensor = pyttb.tensor(values)
    start = pyttb.ktensor([rng.random((n, RANK)) for n in values.shape])
    f, g, _ = functions(Objectives.GAUSSIAN, tensor)
    model, *_ = pyttb.gcp_opt(
        tensor, RANK, (f, g, 0.0), LBFGSB(maxiter=1000), init=start, printitn=0
    )
    factors = [np.asarray(factor) for factor in model.factor_matrices]
    return [factors[0] * model.weights, *factors[1:]]


def speed() -> dict[str, Any]:
    """One start each, in turn; medians of the seconds of several rounds."""
    values, truth = planted()
    tensor = _dense(values)
    _ours(tensor, 99), _hals(values[:20], 0)  # what is done once is not timed
    seconds: dict[str, list[float]] = {"neuro": [], "tensorly": []}
    ends: dict[str, list[Any]] = {"neuro": [], "tensorly": []}
    for seed in range(ROUNDS):
        second, found = timed(lambda seed=seed: _ours(tensor, seed))
        seconds["neuro"].append(second)
        ends["neuro"].append(quality(values, _modes(found), truth))
        second, cp = timed(lambda seed=seed: _hals(values, seed))
        seconds["tensorly"].append(second)
        ends["tensorly"].append(quality(values, _weighted(cp), truth))
    out = {
        name: {"seconds": float(np.median(seconds[name])), **_worst(ends[name])} for name in ends
    }
    if importlib.util.find_spec("pyttb"):
        second, factors = timed(lambda: _pyttb(values, 0))
        out["pyttb"] = {"seconds": second, **quality(values, factors, truth)}
    return out


def _worst(ends: list[dict[str, float]]) -> dict[str, float]:
    return {key: min(end[key] for end in ends) for key in ("explained", "match")}


def restarts() -> dict[str, Any]:
    """30 starts at once against 30 one after the other."""
    values, truth = planted()
    tensor = _dense(values)
    _ours(tensor, 99), _hals(values[:20], 0)
    ours = [timed(lambda: _ours(tensor, 0, RESTARTS)) for _ in range(3)]
    seconds, runs = timed(lambda: [_hals(values, seed) for seed in range(RESTARTS)])
    peers = [quality(values, _weighted(cp), truth) for cp in runs]
    return {
        "neuro": {
            "seconds": float(np.median([one[0] for one in ours])),
            **quality(values, _modes(ours[0][1]), truth),
        },
        "tensorly": {"seconds": seconds, **max(peers, key=lambda end: end["explained"])},
    }


def large(n_times: int = 960, n_animals: int = 21, n: int = 60) -> tuple[np.ndarray, np.ndarray]:
    """Standardised derivatives of worms, zero where a neuron is missing, and which are there."""
    rng = np.random.default_rng(0)
    values = np.empty((n_animals, n, n_times), dtype=np.float32)
    for rows in values:
        shared = rng.standard_normal((4, n_times)) * (rng.random(n_times) < 0.3)
        rows[:] = rng.random((n, 4)) @ shared + rng.standard_normal((n, n_times))
        rows /= np.sqrt((rows**2).mean(1, keepdims=True))
    # A tenth of the neurons is missing, and with them a fifth of the pairs.
    present = rng.random((n_animals, n)) > 0.1
    return values * present[..., None], present


def peak() -> float:
    """Peak memory of this process so far, MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def separable(
    rank: int = 12, n_times: int = 960, n: int = 60, iterations: int = 0
) -> dict[str, Any]:
    import torch

    from neuro.analyses.connectomes.affinity import separable_signals
    from neuro.analyses.connectomes.ntf import factorise
    from neuro.analyses.connectomes.tensors import Separable

    torch.set_num_threads(1)
    before = peak()
    values, present = large(n_times=n_times, n=n)
    signals = separable_signals(torch.from_numpy(values))
    del values
    tensor = Separable(signals, torch.from_numpy(present))
    seconds, found = timed(
        lambda: factorise(
            tensor,
            rank,
            tol=1e-5 if not iterations else -1.0,
            max_iter=iterations or 500,
            generator=torch.Generator().manual_seed(0),
            like=signals,
        )
    )
    return {
        "seconds": seconds,
        "peak_mib": peak() - before,
        "iterations": found.n_iterations,
        "explained": float(found.explained[0]),
    }


def formed() -> tuple[np.ndarray, np.ndarray]:
    """The tensor itself, float32, and its mask."""
    values, present = large()
    first, second = np.triu_indices(values.shape[1], 1)
    along = values.transpose(2, 0, 1)
    tensor = np.empty((*along.shape[:2], len(first)), dtype=np.float32)
    for out, rows in zip(tensor, along, strict=True):
        out[:] = np.sqrt(np.maximum(rows[:, first] * rows[:, second], 0))
    return tensor, present[:, first] & present[:, second]


def masked_tensorly(rank: int = 12) -> dict[str, Any]:
    """Tensorly's masked multiplicative updates, 32 bits, which need the tensor and its mask."""
    from tensorly.decomposition import non_negative_parafac

    before = peak()
    tensor, mask = formed()
    whole = np.broadcast_to(mask.astype(np.float32), tensor.shape)
    iterations = 3
    seconds, cp = timed(
        lambda: non_negative_parafac(
            tensor, rank, init="random", n_iter_max=iterations, tol=0, mask=whole, random_state=0
        )
    )
    return {
        "seconds": seconds,
        "peak_mib": peak() - before,
        "iterations": iterations,
        "explained": _explained(tensor, mask, _weighted(cp)),
    }


def masked_tensortools(rank: int = 12) -> dict[str, Any]:
    """Tensortools' masked HALS."""
    import tensortools

    before = peak()
    tensor, mask = formed()
    whole = np.broadcast_to(mask, tensor.shape).copy()
    tensortools.ncp_hals(tensor[:9, :, :66], 2, mask=whole[:9, :, :66], verbose=False)
    seconds, found = timed(
        lambda: tensortools.ncp_hals(
            tensor, rank, mask=whole, random_state=0, tol=1e-5, max_iter=100, verbose=False
        )
    )
    factors = list(found.factors.factors)
    return {
        "seconds": seconds,
        "peak_mib": peak() - before,
        "iterations": len(found.obj_hist),
        "explained": _explained(tensor, mask, factors),
    }


def _explained(tensor: np.ndarray, mask: np.ndarray, factors: list[np.ndarray]) -> float:
    wrong = total = 0.0
    for row, course in zip(tensor, factors[0], strict=True):
        model = (factors[1] * course) @ factors[2].T
        wrong += float((((row - model) * mask) ** 2).sum())
        total += float(((row * mask) ** 2).sum())
    return 1 - wrong / total


def growth(axis: str, size: str) -> dict[str, Any]:
    """CPU seconds of 10 sweeps without forming the tensor."""
    keys = {"times": "n_times", "neurons": "n", "rank": "rank"}
    return separable(**{"rank": 6, "n_times": 240, keys[axis]: int(size)}, iterations=10)


if __name__ == "__main__":
    parts: dict[str, Callable[..., dict[str, Any]]] = {
        "speed": speed,
        "restarts": restarts,
        "separable": separable,
        "masked_tensorly": masked_tensorly,
        "masked_tensortools": masked_tensortools,
        "growth": growth,
    }
    print(json.dumps(parts[sys.argv[1]](*sys.argv[2:])))
