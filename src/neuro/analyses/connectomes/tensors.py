"""Tensors of time x animal x pair, as the factorisation sees them: two products and a norm.

A tensor never has to exist. All that alternating least squares asks of it are its products with
factor matrices (matricised tensor times Khatri-Rao product, MTTKRP), its squared norm, and which
of its fibres were measured. :class:`Dense` holds the tensor; :class:`Separable` holds signals per
neuron, of which every pair's affinity is a sum of products, and works on those.

Pairs are those of the strict upper triangle, row by row, as ``numpy.triu_indices(n, 1)``.
"""

import math
from typing import Protocol

import torch
from torch import Tensor


class PairTensor(Protocol):
    """What the factorisation asks of a tensor X of shape (n_times, n_animals, n_pairs)."""

    shape: tuple[int, int, int]
    mask: Tensor | None
    """(n_animals, n_pairs), 1 where the pair was measured in the animal; None for everywhere."""

    def project(self, pairs: Tensor) -> Tensor:
        """Sum over pairs of X with rows of `pairs` (k, n_pairs): (k, n_times, n_animals)."""

    def collect(self, weights: Tensor) -> Tensor:
        """Sum over times and animals of X with `weights` (k, n_times, n_animals): (k, n_pairs)."""

    def squared_norm(self) -> float:
        """Sum of the squares of all measured entries."""


class Dense:
    """A tensor that is held whole.

    Parameters
    ----------
    values : Tensor, shape (n_times, n_animals, n_pairs)
        Non-negative affinities.
    mask : Tensor, shape (n_animals, n_pairs), optional
        True where the pair was measured in the animal. What is not measured counts as nothing,
        not as zero.

    Raises
    ------
    ValueError
        If measured values are negative or not finite, or shapes do not fit.
    """

    def __init__(self, values: Tensor, mask: Tensor | None = None) -> None:
        if values.ndim != 3:
            raise ValueError(
                f"the tensor must be time x animal x pair, got {values.ndim} dimension(s)"
            )
        n_times, n_animals, n_pairs = values.shape
        self.shape = (n_times, n_animals, n_pairs)
        self.mask = _checked_mask(mask, n_animals, n_pairs, values)
        if self.mask is not None:
            values = torch.where(self.mask.bool(), values, values.new_zeros(()))
        least, most = (float(x) for x in torch.aminmax(values))
        if not math.isfinite(least) or not math.isfinite(most):
            raise ValueError("the tensor holds NaN or infinite affinities in measured entries")
        if least < 0:
            raise ValueError(
                f"affinities must be >= 0, the smallest is {least:.3g}; put negative "
                "affinities into a layer of their own (`signed: true`)"
            )
        self.values = values.contiguous()

    @classmethod
    def excess(cls, affinities: Tensor, expected: Tensor, mask: Tensor | None = None) -> "Dense":
        """Tensor of affinities less what is expected of each pair in each animal.

        Differences of either sign stay as they are: cutting them at zero would bias them.

        Parameters
        ----------
        affinities : Tensor, shape (n_times, n_animals, n_pairs)
            Non-negative.
        expected : Tensor, shape (n_animals, n_pairs)
            What is subtracted at every time.
        mask : Tensor, shape (n_animals, n_pairs), optional
            As in :class:`Dense`.

        Raises
        ------
        ValueError
            As :class:`Dense`.
        """
        tensor = cls(affinities, mask)
        weights = expected if tensor.mask is None else expected * tensor.mask
        tensor.values = tensor.values - weights.to(tensor.values)
        return tensor

    def masked(self, mask: Tensor) -> "Dense":
        """The same tensor with a mask, which must lie within its own."""
        tensor = object.__new__(Dense)
        tensor.shape = self.shape
        tensor.mask = _checked_mask(mask, *self.shape[1:], self.values)
        there = mask.to(self.values.device).bool()
        tensor.values = torch.where(there, self.values, self.values.new_zeros(()))
        return tensor

    def part(
        self,
        *,
        times: Tensor | None = None,
        animals: Tensor | None = None,
        pairs: Tensor | None = None,
    ) -> "Dense":
        """The tensor of some times, animals and pairs, each given as a boolean mask."""
        values, mask = self.values, self.mask
        if times is not None:
            values = values[times.to(values.device)]
        if animals is not None:
            values = values[:, animals.to(values.device)]
            mask = None if mask is None else mask[animals.to(values.device)]
        if pairs is not None:
            values = values[..., pairs.to(values.device)]
            mask = None if mask is None else mask[:, pairs.to(values.device)]
        part = object.__new__(Dense)
        part.values, part.mask = values.contiguous(), mask
        part.shape = (values.shape[0], values.shape[1], values.shape[2])
        return part

    def project(self, pairs: Tensor) -> Tensor:
        """Sum over pairs; see :class:`PairTensor`."""
        n_times, n_animals, n_pairs = self.shape
        return (pairs @ self.values.view(-1, n_pairs).T).view(-1, n_times, n_animals)

    def collect(self, weights: Tensor) -> Tensor:
        """Sum over times and animals."""
        flat = self.values.view(-1, self.shape[2])
        return weights.reshape(-1, flat.shape[0]) @ flat

    def squared_norm(self) -> float:
        """Sum of squares."""
        # In 64 bits by parts, so that no copy of the tensor is made.
        parts = torch.split(self.values, 64)
        return sum(float(part.double().square().sum()) for part in parts)


class Separable:
    """A tensor whose entries are sums of products of signals per neuron; it is never formed.

    ``X[t, w, (i, j)] = sum over layers l of S[l, t, w, i] * S[l, t, w, j]``, scaled by 0 where
    a neuron is missing.

    Parameters
    ----------
    signals : Tensor, shape (n_layers, n_times, n_animals, n_neurons)
        Non-negative.
    present : Tensor, shape (n_animals, n_neurons), optional
        True where the neuron was recorded in the animal.
    chunk : int
        Times worked on at once; memory grows with it.

    Raises
    ------
    ValueError
        If measured signals are negative or not finite, or shapes do not fit.
    """

    def __init__(self, signals: Tensor, present: Tensor | None = None, chunk: int = 128) -> None:
        if signals.ndim != 4:
            raise ValueError(
                f"signals must be layer x time x animal x neuron, got {signals.ndim} dimension(s)"
            )
        _, n_times, n_animals, n = signals.shape
        first, second = torch.triu_indices(n, n, 1, device=signals.device)
        self.shape = (n_times, n_animals, len(first))
        self.mask = None
        if present is not None:
            there = present.to(signals.device).bool()
            if there.shape != (n_animals, n):
                raise ValueError(
                    f"`present` must have shape {(n_animals, n)}, got {tuple(there.shape)}"
                )
            signals = torch.where(there, signals, signals.new_zeros(()))
            self.mask = _checked_mask(
                there[:, first] & there[:, second], n_animals, len(first), signals
            )
        if not torch.isfinite(signals).all() or signals.min() < 0:
            raise ValueError("signals behind the affinities must be finite and >= 0")
        self.signals, self.chunk = signals.contiguous(), chunk
        self.first, self.second, self.n_neurons = first, second, n

    def project(self, pairs: Tensor) -> Tensor:
        """Sum over pairs; see :class:`PairTensor`."""
        n_times, n_animals, _ = self.shape
        k, n = pairs.shape[0], self.n_neurons
        square = pairs.new_zeros(n, k, n)
        # Both triangles with half the weight: then one product with the signals does for all pairs.
        square[self.first, :, self.second] = square[self.second, :, self.first] = pairs.T / 2
        square = square.view(n, k * n)
        out = pairs.new_zeros(n_times, n_animals, k)
        for layer in self.signals:
            for start in range(0, n_times, self.chunk):
                part = layer[start : start + self.chunk].reshape(-1, n)
                inner = (part @ square).view(-1, k, n)
                sums = torch.bmm(inner, part.unsqueeze(2)).squeeze(2)
                out[start : start + self.chunk] += sums.view(-1, n_animals, k)
        return out.permute(2, 0, 1).contiguous()

    def collect(self, weights: Tensor) -> Tensor:
        """Sum over times and animals."""
        k, n = weights.shape[0], self.n_neurons
        square = weights.new_zeros(n, k * n)
        for layer in self.signals:
            for start in range(0, self.shape[0], self.chunk):
                part = layer[start : start + self.chunk].reshape(-1, n)
                scale = weights[:, start : start + self.chunk].reshape(k, -1).T
                square += part.T @ (scale.unsqueeze(2) * part.unsqueeze(1)).reshape(-1, k * n)
        return square.view(n, k, n)[self.first, :, self.second].T.contiguous()

    def squared_norm(self) -> float:
        """Sum of squares."""
        total = 0.0
        for start in range(0, self.shape[0], self.chunk):
            part = self.signals[:, start : start + self.chunk].double().flatten(1, 2)
            gram = torch.einsum("ami,bmi->abm", part, part)
            # (sum over i, j of s_i r_i s_j r_j), less its diagonal, counted once per pair.
            squares = part.square()
            diagonal = torch.einsum("ami,bmi->abm", squares, squares)
            total += float((gram.square() - diagonal).sum()) / 2
        return total

    def dense(self) -> Tensor:
        """The whole tensor, for tests and small data."""
        return (self.signals[..., self.first] * self.signals[..., self.second]).sum(0)


def _checked_mask(mask: Tensor | None, n_animals: int, n_pairs: int, like: Tensor) -> Tensor | None:
    if mask is None:
        return None
    if mask.shape != (n_animals, n_pairs):
        raise ValueError(
            f"the mask must have shape {(n_animals, n_pairs)} (animal x pair), "
            f"got {tuple(mask.shape)}"
        )
    mask = mask.to(like.device).bool()
    lonely = (~mask.any(1)).nonzero().ravel().tolist()
    if lonely:
        raise ValueError(
            f"animal(s) {lonely} (counted from 0) share no pair of neurons with the others; leave "
            "them out with `recordings.exclude`"
        )
    return None if bool(mask.all()) else mask.to(like.dtype)
