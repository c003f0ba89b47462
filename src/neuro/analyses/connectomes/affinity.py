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
) -> Tensor:
    """Affinities of all pairs.

    Parameters
    ----------
    derivatives : Tensor, shape (n_animals, n_neurons, n_times)
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
    along = derivatives.permute(2, 0, 1)
    n = along.shape[2]
    first, second = torch.triu_indices(n, n, 1, device=along.device)
    one, other = along[..., first], along[..., second]
    layers = []
    for sign in (1, -1) if signed else (1,):
        match kernel:
            case "geometric":
                layers.append((sign * one * other).clamp(min=0).sqrt())
            case "gaussian":
                gate = _gate(one, threshold) * _gate(other, threshold)
                layers.append(gate * torch.exp(-((one - sign * other) ** 2) / (2 * width**2)))
            case "correlation":
                layers.append(_local(one, other, sign, threshold, window))
    return torch.cat(layers, 2)


def _gate(values: Tensor, threshold: float) -> Tensor:
    return (values.abs() / threshold).clamp(max=1)


def _local(one: Tensor, other: Tensor, sign: int, threshold: float, window: int) -> Tensor:
    """Correlation in a window, rectified, times the smaller of the two activities in it."""
    product, a, b = (_smooth(x, window) for x in (one * other, one**2, other**2))
    tiny = torch.finfo(one.dtype).tiny
    correlation = (sign * product / (a * b).clamp(min=tiny).sqrt()).clamp(0, 1)
    return correlation * _gate(torch.minimum(a, b).sqrt(), threshold)


def _smooth(values: Tensor, window: int) -> Tensor:
    """Means over the first axis under a Hann window; the ends take what there is."""
    kernel = torch.hann_window(window + 2, periodic=False, dtype=values.dtype)[1:-1]
    kernel = kernel.to(values.device)
    flat = values.reshape(values.shape[0], -1).T.unsqueeze(1)
    half = window // 2
    sums = torch.nn.functional.conv1d(flat, kernel.view(1, 1, -1), padding=half)
    weight = torch.nn.functional.conv1d(
        values.new_ones(1, 1, values.shape[0]), kernel.view(1, 1, -1), padding=half
    )
    return (sums / weight).squeeze(1).T.reshape(values.shape)


def _named(which: Tensor, names: list[str] | None) -> str:
    """Neurons by name (or number), at most ten."""
    found = sorted({int(i) for i in which.nonzero()[:, 1]})
    told = [names[i] if names else str(i) for i in found[:10]]
    more = f" and {len(found) - 10} more" if len(found) > 10 else ""
    return f"neuron(s) {', '.join(told)}{more}"
