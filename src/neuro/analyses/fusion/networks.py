"""Networks of regions, shared by modalities: encoders, and their alignment by InfoNCE.

A network is a nonnegative weight of each region, w. Its state in a person is w'x, where x are the
person's features of regions, and w'Cw, where C are the features of pairs. Many encoders are trained
at once, a stack for each outer fold; all tensors have the axes fold, encoder, ...
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import normalize

from neuro.analyses.fusion.cohort import MODALITIES, Cohort, Modality, View

EPSILON = 1e-6
TINY = 1e-30


class _Pairs(torch.autograd.Function):
    """Products of two regions' weights; the gradient is gathered, which scattering is slower than.

    Weights have shape (r, m), products (n_pairs, m): rows are copied whole.
    """

    @staticmethod
    def forward(ctx: Any, weights: Tensor, rows: Tensor, columns: Tensor, place: Tensor) -> Tensor:
        ctx.save_for_backward(weights, place)
        return weights.index_select(0, rows) * weights.index_select(0, columns)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None, None]:
        weights, place = ctx.saved_tensors
        # One more row, of zeros, is where pairs point to that are no features.
        padded = torch.cat([gradients[0], gradients[0].new_zeros(1, weights.shape[1])])
        square = padded.index_select(0, place).reshape(len(weights), *weights.shape)
        return (square * weights).sum(1), None, None, None


@dataclass(frozen=True, eq=False)
class Input:
    """A view as a tensor.

    Parameters
    ----------
    view : View
        What it is of.
    values : Tensor, shape (n, n_features)
        Without features that are constant; rows of people who lack it are zero.
    scale : Tensor, shape (n_folds, n_features)
        What features are multiplied by, from each fold's training subjects; of maps of regions,
        the sign that goes with the modality's first map.
    rows, columns, place : Tensor | None
        Of edges: regions of each feature, and the feature of each pair of regions.
    """

    view: View
    values: Tensor
    scale: Tensor
    rows: Tensor | None = None
    columns: Tensor | None = None
    place: Tensor | None = None

    def of_pairs(self, kept: Tensor | None) -> "Input":
        """The same without pairs that are not kept, (n_regions, n_regions); regions stay."""
        if kept is None or self.rows is None or self.columns is None:
            return self
        there = kept[self.rows, self.columns] > 0
        return replace(self, scale=torch.where(there, self.scale, 0.0))

    def states(self, weights: Tensor) -> Tensor:
        """States of networks in people.

        Parameters
        ----------
        weights : Tensor, shape (n_folds, n_encoders, n_networks, n_regions)
            The networks.

        Returns
        -------
        states : Tensor, shape (n_folds, n_encoders, n, n_networks)
        """
        folds, encoders, networks, regions = weights.shape
        flat = weights.reshape(-1, regions).T
        if self.rows is not None:
            flat = _Pairs.apply(flat, self.rows, self.columns, self.place)
        scale = self.scale.T[:, :, None].expand(-1, -1, encoders * networks)
        found = self.values @ (flat * scale.reshape(flat.shape))
        return found.reshape(-1, folds, encoders, networks).permute(1, 2, 0, 3)


@dataclass(frozen=True, eq=False)
class Data:
    """A cohort as tensors, with its folds.

    Parameters
    ----------
    inputs : list of Input
        The views.
    training : Tensor, shape (n_folds, n)
        1 for training subjects.
    design : Tensor, shape (n_folds, n, 1 + n_confounds)
        Constant and confounds.
    solver : Tensor, shape (n_folds, 1 + n_confounds, n)
        Least squares on the training subjects.
    present : Tensor, shape (n, 2)
        Who has which modality.
    n_regions : int
        Regions.
    """

    inputs: list[Input]
    training: Tensor
    design: Tensor
    solver: Tensor
    present: Tensor
    n_regions: int

    @classmethod
    def of(cls, cohort: Cohort, training: Sequence[NDArray[np.intp]]) -> "Data":
        """Make tensors of a cohort; whatever is learned, is learned from training subjects."""
        mask = np.zeros((len(training), len(cohort)), np.float32)
        for fold, index in enumerate(training):
            mask[fold, index] = 1
        inputs = [_input(view, cohort, training) for view in cohort.views]
        confounds = np.ones((len(cohort), 1))
        if cohort.confounds is not None:
            centered = cohort.confounds - cohort.confounds.mean(0)
            confounds = np.hstack([confounds, centered / (centered.std(0) + 1e-12)])
        solver = np.zeros((len(training), confounds.shape[1], len(cohort)), np.float32)
        for fold, index in enumerate(training):
            solver[fold][:, index] = np.linalg.pinv(confounds[index])
        design = np.repeat(confounds[None], len(training), axis=0).astype(np.float32)
        return cls(
            inputs,
            torch.from_numpy(mask),
            torch.from_numpy(design),
            torch.from_numpy(solver),
            torch.from_numpy(cohort.present.astype(np.float32)),
            len(cohort.regions),
        )

    def standardized(self, states: Tensor, modality: Modality, by: Tensor | None = None) -> Tensor:
        """Take mean and confounds off states, and divide by the training subjects' spread.

        Parameters
        ----------
        states : Tensor, shape (n_folds, n_encoders, n, n_networks)
            States.
        modality : str
            Of the states; those of people who lack it become 0.
        by : Tensor | None
            States that mean and spread are learned from; None for `states`.
        """
        own = states if by is None else by
        there = self.present[:, MODALITIES.index(modality)][:, None]
        mask = self.training[:, None, :, None] * there
        coefficients = self.solver[:, None] @ (own * there)
        fitted = self.design[:, None] @ coefficients
        count = mask.sum(2, keepdim=True).clamp(min=2)
        spread = (((own - fitted) ** 2 * mask).sum(2, keepdim=True) / count + EPSILON).sqrt()
        return (states - fitted) / spread * there


def _input(view: View, cohort: Cohort, training: Sequence[NDArray[np.intp]]) -> Input:
    values = view.values
    there = ~np.isnan(values[:, 0])
    used = np.flatnonzero(np.ptp(values[there], axis=0) > 0)
    values = np.where(there[:, None], values[:, used], 0)
    values[there] -= values[there].mean(0)
    scale = np.zeros((len(training), len(used)))
    for fold, index in enumerate(training):
        own = values[np.intersect1d(index, np.flatnonzero(there))]
        spread = own.std(0)
        scale[fold] = np.where(spread > 1e-9, 1 / np.maximum(spread, 1e-9), 0)
        if view.kind == "regions":
            scale[fold] *= _orientation(view, cohort, index)
    tensor = torch.from_numpy(values.astype(np.float32))
    scaled = torch.from_numpy(scale.astype(np.float32))
    if view.kind == "regions":
        # Weights are of all regions: those without a feature get one that is 0.
        whole = np.zeros((len(values), len(cohort.regions)), np.float32)
        whole[:, used] = values
        wide = np.zeros((len(training), len(cohort.regions)), np.float32)
        wide[:, used] = scale
        return Input(view, torch.from_numpy(whole), torch.from_numpy(wide))
    rows, columns = np.triu_indices(len(cohort.regions), 1)
    place = np.full((len(cohort.regions),) * 2, len(used))
    place[rows[used], columns[used]] = place[columns[used], rows[used]] = np.arange(len(used))
    return Input(
        view, tensor, scaled, torch.from_numpy(rows[used]), torch.from_numpy(columns[used]),
        torch.from_numpy(place.ravel()),
    )  # fmt: skip


def _orientation(view: View, cohort: Cohort, training: NDArray[np.intp]) -> float:
    """-1 for a map that falls where the modality's first map rises, as diffusivity does."""
    first = next(cohort.of(view.modality, "regions"))
    a, b = first.values[training], view.values[training]
    there = ~(np.isnan(a[:, 0]) | np.isnan(b[:, 0]))
    a, b = a[there] - a[there].mean(0), b[there] - b[there].mean(0)
    return -1.0 if float((a * b).sum()) < 0 else 1.0


def info_nce(first: Tensor, second: Tensor, training: Tensor, temperature: float) -> Tensor:
    """InfoNCE over people: a person's two rows belong together, all others are negatives.

    Parameters
    ----------
    first, second : Tensor, shape (..., n, d)
        Rows of the same people; only their directions count.
    training : Tensor, shape (..., n)
        1 for those who count.
    temperature : float
        Divides the cosines.

    Returns
    -------
    loss : Tensor, shape (...)
        Mean of both directions, nats; ln(n) where nothing is aligned.
    """
    cosine = normalize(first, dim=-1) @ normalize(second, dim=-1).transpose(-1, -2)
    # Less the largest there can be, 1: one exponential serves rows and columns.
    near = torch.exp((cosine - 1) / temperature)
    own = (cosine.diagonal(dim1=-2, dim2=-1) - 1) / temperature
    across = torch.log((near * training[..., None, :]).sum(-1) + TINY)
    along = torch.log((near * training[..., :, None]).sum(-2) + TINY)
    return ((across + along - 2 * own) * training).sum(-1) / training.sum(-1) / 2


def pairs_of(data: Data, modality: Modality) -> list[tuple[int, int]]:
    """Pairs of views of a modality that are aligned with each other."""
    own = [k for k, each in enumerate(data.inputs) if each.view.modality == modality]
    return list(combinations(own, 2))
