"""How much two neurons change together at an instant: affinities of their traces' derivatives.

Concurrent changes rather than concurrent levels, after Dyballa et al. (2024), so that slow
baselines do not bind neurons together. The paper's own equation is not public; here the affinity
is a choice among named kernels, each non-negative, symmetric and instantaneous up to its stated
window. Every kernel takes derivatives in units of each neuron's own standard deviation.

- ``geometric``: the square root of the product of two rises, or of two falls.
- ``gaussian``: a Gaussian of the difference, where both neurons change by more than a threshold.
- ``correlation``: correlation within a short window, times how much both change there.

With `signed`, opposite changes get a layer of their own by the same kernel, one derivative negated.
"""

from typing import Literal

import torch
from torch import Tensor

Kernel = Literal["geometric", "gaussian", "correlation"]
KERNELS: tuple[Kernel, ...] = ("geometric", "gaussian", "correlation")


MOST_PRODUCTS = 2**22
"""Products of pairs that the kernel `correlation` holds at once."""


def standardise(derivatives: Tensor, names: list[str] | None = None) -> tuple[Tensor, Tensor]:
    """Divide each neuron's derivative by its root mean square; say which neurons are there.

    Parameters
    ----------
    derivatives : Tensor, shape (n_animals, n_neurons, n_times)
        Derivatives; all NaN where an animal lacks the neuron.
    names : list of str, optional
        Names of the neurons, for errors.

    Returns
    -------
    standardised : Tensor
        The same shape; zero where a neuron is missing.
    present : Tensor, shape (n_animals, n_neurons)
        False where it is.

    Raises
    ------
    ValueError
        If a neuron is NaN in part, or its trace is constant, or no animal has it.
    """
    missing = derivatives.isnan()
    absent = missing.all(2)
    partial = missing.any(2) & ~absent
    if partial.any():
        raise ValueError(
            f"derivatives are NaN at some times in {_named(partial, names)}; cut those times, or "
            "leave the neuron out"
        )
    if not torch.isfinite(derivatives[~missing]).all():
        raise ValueError("derivatives must be finite")
    values = torch.where(missing, derivatives.new_zeros(()), derivatives)
    rms = values.square().mean(2, keepdim=True).sqrt()
    constant = (rms[..., 0] == 0) & ~absent
    if constant.any():
        raise ValueError(f"the trace is constant in {_named(constant, names)}; leave it out")
    nowhere = absent.all(0)
    if nowhere.any():
        raise ValueError(f"no animal has {_named(nowhere[None], names)}")
    return values / rms.clamp(min=torch.finfo(values.dtype).tiny), ~absent


def separable_signals(derivatives: Tensor) -> Tensor:
    """Signals per neuron whose products are the geometric affinity.

    Parameters
    ----------
    derivatives : Tensor, shape (n_animals, n_neurons, n_times)
        From :func:`standardise`.

    Returns
    -------
    signals : Tensor, shape (2, n_times, n_animals, n_neurons)
        Square roots of rises and of falls, as :class:`~.tensors.Separable` takes them.
    """
    along = derivatives.permute(2, 0, 1)
    return torch.stack([along.clamp(min=0), (-along).clamp(min=0)]).sqrt()


def affinities(
    derivatives: Tensor,
    kernel: Kernel,
    *,
    signed: bool = False,
    width: float = 1.0,
    threshold: float = 1.0,
    window: int = 5,
    step: int = 1,
    pairs: Tensor | None = None,
) -> Tensor:
    """Affinities of all pairs.

    Parameters
    ----------
    derivatives : Tensor, shape (n_animals, n_neurons, n_samples)
        From :func:`standardise`.
    kernel : str
        One of :data:`KERNELS`.
    signed : bool
        Append the affinities of opposite changes as further pairs.
    width : float
        `gaussian`: standard deviation of the difference, in units of the derivative's.
    threshold : float
        `gaussian` and `correlation`: a change this large counts in full, a smaller one in
        proportion; in units of the derivative's standard deviation.
    window : int
        `correlation`: samples, odd.
    step : int
        Samples per time of the result: means over as many, or one window at the middle of them
        (`correlation`). Samples at the end that do not fill a step are left out.
    pairs : Tensor, shape (2, n_pairs), optional
        Neurons of the pairs; by default all pairs.

    Returns
    -------
    affinities : Tensor, shape (n_times, n_animals, n_pairs) or (n_times, n_animals, 2 * n_pairs)
        Non-negative; zero for neurons that are missing.

    Raises
    ------
    ValueError
        If there is no such kernel, or a parameter is out of its range.
    """
    if kernel not in KERNELS:
        raise ValueError(f"kernel: got {kernel!r}. Allowed: {', '.join(KERNELS)}.")
    if width <= 0 or threshold <= 0 or window < 3 or window % 2 == 0:
        raise ValueError(
            "width and threshold must be positive and window an odd number of at least 3 samples, "
            f"got {width}, {threshold}, {window}"
        )
    n_animals, n, n_samples = derivatives.shape
    if not 1 <= step <= n_samples:
        raise ValueError(f"step must be from 1 to the {n_samples} samples there are, got {step}")
    first, second = torch.triu_indices(n, n, 1) if pairs is None else pairs
    first, second = first.to(derivatives.device), second.to(derivatives.device)
    signs = (1, -1) if signed else (1,)
    out = derivatives.new_empty(n_samples // step, n_animals, len(signs) * len(first))
    # One animal at a time: what is needed on the way is several times the result.
    for animal, rows in enumerate(derivatives):
        parts = []
        for sign in signs:
            match kernel:
                case "geometric":
                    layer = _geometric(rows, sign, first, second)
                case "gaussian":
                    layer = _gaussian(rows, sign, first, second, width, threshold)
                case "correlation":
                    layer = _local(rows, sign, first, second, threshold, window, step)
            parts.append(layer if kernel == "correlation" else _means(layer, step))
        out[:, animal] = parts[0] if len(parts) == 1 else torch.cat(parts, 1)
    return out


def _geometric(rows: Tensor, sign: int, first: Tensor, second: Tensor) -> Tensor:
    along = rows.T
    return (sign * along[:, first] * along[:, second]).clamp_(min=0).sqrt_()


def _gaussian(
    rows: Tensor, sign: int, first: Tensor, second: Tensor, width: float, threshold: float
) -> Tensor:
    along = rows.T
    gate = _gate(along, threshold)
    difference = along[:, first] - sign * along[:, second]
    return torch.exp(-(difference**2) / (2 * width**2)) * gate[:, first] * gate[:, second]


def _means(values: Tensor, step: int) -> Tensor:
    n = len(values) // step
    return values[: n * step].view(n, step, -1).mean(1) if step > 1 else values


def _gate(values: Tensor, threshold: float) -> Tensor:
    return (values.abs() / threshold).clamp(max=1)


def _local(
    rows: Tensor,
    sign: int,
    first: Tensor,
    second: Tensor,
    threshold: float,
    window: int,
    step: int,
) -> Tensor:
    """Correlation in a window, rectified, times the smaller of the two activities in it."""
    taps, weights = _windows(rows.shape[1], window, step, rows)
    out = rows.new_empty(len(taps), len(first))
    flat = first * len(rows) + second
    # A product of matrices per window costs far less than gathering every pair's samples.
    chunk = max(1, MOST_PRODUCTS // len(rows) ** 2)
    for low in range(0, len(taps), chunk):
        part = slice(low, low + chunk)
        seen = rows.T[taps[part]] * weights[part, :, None]
        activity = seen.norm(dim=1, keepdim=True)
        seen /= activity.clamp(min=torch.finfo(rows.dtype).tiny)
        correlation = (sign * seen.mT @ seen).clamp_(0, 1)
        gate = _gate(activity, threshold)
        correlation *= torch.minimum(gate, gate.mT)
        out[part] = correlation.flatten(1).index_select(1, flat)
    return out


def _windows(n_samples: int, window: int, step: int, like: Tensor) -> tuple[Tensor, Tensor]:
    """Samples of a Hann window at every step's middle, and the roots of their weights.

    Weights sum to one; at the ends, over the samples that there are.

    Returns
    -------
    taps, weights : Tensor, shape (n_samples // step, window)
    """
    hann = torch.hann_window(window + 2, periodic=False, dtype=like.dtype)[1:-1]
    middle = torch.arange(n_samples // step) * step + step // 2
    taps = middle[:, None] + torch.arange(window) - window // 2
    there = (taps >= 0) & (taps < n_samples)
    weights = hann * there
    weights = (weights / weights.sum(1, keepdim=True)).sqrt()
    return taps.clamp(0, n_samples - 1).to(like.device), weights.to(like.device)


def _named(which: Tensor, names: list[str] | None) -> str:
    """Neurons by name (or number), at most ten."""
    found = sorted({int(i) for i in which.nonzero()[:, 1]})
    told = [names[i] if names else str(i) for i in found[:10]]
    more = f" and {len(found) - 10} more" if len(found) > 10 else ""
    return f"neuron(s) {', '.join(told)}{more}"
