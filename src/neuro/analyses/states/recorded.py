"""A recording of binned spikes as sequences: whole epochs, and blocks to test on."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from neuro.analyses.states.sequences import Sequences, gather
from neuro.preprocess.spikes.product import Product

if TYPE_CHECKING:
    from neuro.config.states import States

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Recorded:
    """A recording, ready to be fitted.

    Parameters
    ----------
    label : str
        Name of the recording.
    whole : Sequences
        A sequence per stretch without a pause, within an epoch.
    pieces : Sequences
        The same bins without the gaps, cut where blocks begin.
    folds : ndarray of int, shape (n_pieces,)
        Fold of each piece.
    rows : ndarray of int, shape (n_bins_of_pieces,)
        Bin of `whole` of each bin of the pieces.
    times : ndarray, shape (n_bins,)
        Centers of bins, s.
    width : float
        Of a bin, s.
    epochs : ndarray of str, shape (n_bins,)
        Epoch's name of each bin.
    regions : tuple of str
        Of the units.
    groups : ndarray of int, shape (n_units,), or None
        Units of one region or type, where these are to share how probable edges are.
    covariates : dict of str to ndarray, shape (n_bins,)
        What was measured beside; NaN where unknown.
    angles : frozenset of str
        Covariates that are angles, rad.
    """

    label: str
    whole: Sequences
    pieces: Sequences
    folds: Ints
    rows: Ints
    times: Floats
    width: float
    epochs: NDArray[np.str_]
    regions: tuple[str, ...]
    groups: Ints | None
    covariates: dict[str, Floats]
    angles: frozenset[str]


def load(path: str | Path, settings: "States") -> Recorded:
    """Read binned spikes and lay them out.

    Parameters
    ----------
    path : str | Path
        What :func:`neuro.preprocess.spikes.binning.run` wrote.
    settings : States
        Bins, folds, covariates.

    Returns
    -------
    recorded : Recorded
        The recording.

    Raises
    ------
    ValueError
        If it has too few units or blocks, or lacks a covariate.
    """
    product = Product.load(path)
    label = Path(path).name.removesuffix("_spikes.h5")
    if len(product.kept) < 2:
        raise ValueError(f"{path}: states need at least 2 units that are kept, got 1 or none")
    wanted = [*settings.covariates, *settings.drivers]
    if unknown := sorted(set(wanted) - set(product.covariates)):
        raise ValueError(
            f"states.covariates or states.drivers: {unknown} not in {path}, which has "
            f"{sorted(product.covariates)}"
        )
    groups, width = _bins(product, settings.bin_width, str(path))
    counts = np.add.reduceat(product.values("counts")[product.kept].astype(float), groups, axis=1)
    if settings.family == "bernoulli":
        counts = np.minimum(counts, 1.0)
    covariates, angles = _covariates(product, groups)
    beside = _inputs(covariates, angles, wanted, len(groups))
    block = product.values("block")[groups]
    epoch = product.values("epoch")[groups]
    n = len(groups)
    starts = _runs(epoch, np.zeros(n), product.values("times")[groups], width)
    names = [str(name) for name in np.array(product.texts("units/name"))[product.kept]]
    whole = _cut(counts.T, beside, starts, names, settings.family, label)
    rows = np.flatnonzero(block >= 0)
    pieces, folds = _pieces(whole, rows, block, epoch, product.values("times")[groups], width)
    regions = np.array(product.texts("units/region"))[product.kept]
    n_blocks = len(np.unique(folds))
    if n_blocks < settings.n_folds:
        raise ValueError(
            f"{path}: states.n_folds is {settings.n_folds}, but the recording has {n_blocks} "
            "block(s); lower it, or raise preprocess.blocks.n"
        )
    return Recorded(
        label=label,
        whole=whole,
        pieces=pieces,
        folds=folds % settings.n_folds,
        rows=rows,
        times=np.add.reduceat(product.values("times"), groups) / _sizes(groups, product),
        width=width,
        epochs=product.epoch_of_bin[groups],
        regions=tuple(str(region) for region in regions),
        groups=None
        if settings.edge_groups is None
        else _groups(product, settings.edge_groups, path),
        covariates=covariates,
        angles=angles,
    )


def _sizes(groups: Ints, product: Product) -> Ints:
    return np.diff(np.append(groups, len(product.values("times"))))


def _groups(product: Product, column: str, path: str | Path) -> Ints:
    """Number of each kept unit's region or type."""
    labels = product.texts(f"units/{column}") if f"units/{column}" in product.arrays else []
    kept = [labels[i] for i in product.kept] if labels else []
    if not any(kept):
        raise ValueError(f"states.edge_groups: the units of {path} tell no {column}")
    return np.unique(kept, return_inverse=True)[1].astype(np.int64)


def _bins(product: Product, bin_width: float | None, where: str) -> tuple[Ints, float]:
    """First fine bin of each bin; fine bins that fill no bin of their epoch and block are added."""
    fine = product.bin_width
    factor = 1 if bin_width is None else round(bin_width / fine)
    if factor < 1 or (bin_width is not None and abs(factor * fine - bin_width) > 1e-6):
        raise ValueError(
            f"states.bin_width: {bin_width:g} s is no multiple of the bins of {where}, {fine:g} s"
        )
    times = product.values("times")
    first = _runs(product.values("epoch"), product.values("block"), times, fine)
    stops = np.append(first[1:], len(times))
    # What is left at the end of a run joins its last bin.
    laid = [
        np.arange(start, max(stop - factor + 1, start + 1), factor)
        for start, stop in zip(first, stops, strict=True)
    ]
    return np.concatenate(laid).astype(np.int64), fine * factor


def _runs(
    epoch: NDArray[np.generic], block: NDArray[np.generic], times: Floats, width: float
) -> Ints:
    """First bins of the stretches of one epoch and block without a pause."""
    new = (epoch[1:] != epoch[:-1]) | (block[1:] != block[:-1])
    new |= np.diff(times) > 1.9 * width
    return np.concatenate([[0], np.flatnonzero(new) + 1])


def _covariates(product: Product, groups: Ints) -> tuple[dict[str, Floats], frozenset[str]]:
    """Covariates in the bins: the mean, of angles the direction of the mean vector."""
    angles = frozenset(name for name in product.covariates if product.kind(name) == "angle")
    sizes = _sizes(groups, product)
    found = {}
    for name in product.covariates:
        values = product.values(f"covariates/{name}").astype(float)
        if name in angles:
            vector = np.add.reduceat(np.exp(1j * values), groups) / sizes
            found[name] = np.angle(vector) % (2 * np.pi)
        else:
            found[name] = np.add.reduceat(values, groups) / sizes
    return found, angles


def _inputs(
    covariates: dict[str, Floats], angles: frozenset[str], wanted: list[str], n: int
) -> Floats:
    """Columns of the design or drive, standardized; missing values are at the mean."""
    columns = []
    for name in wanted:
        values = covariates[name]
        parts = [np.cos(values), np.sin(values)] if name in angles else [values]
        for part in parts:
            known = np.isfinite(part)
            centered = np.where(known, part - part[known].mean(), 0.0)
            columns.append(centered / max(float(part[known].std()), 1e-9))
    return np.stack(columns, axis=1) if columns else np.zeros((n, 0))


def _cut(
    counts: Floats, beside: Floats, starts: Ints, names: list[str], family: str, label: str
) -> Sequences:
    edges = [*starts[1:].tolist()]
    try:
        return gather(
            np.split(counts, edges),
            covariates=np.split(beside, edges),
            names=names,
            family=family,
        )
    except ValueError as error:
        raise ValueError(f"states of {label}: {error}") from error


def _pieces(
    whole: Sequences, rows: Ints, block: Ints, epoch: Ints, times: Floats, width: float
) -> tuple[Sequences, Ints]:
    first = _runs(epoch[rows], block[rows], times[rows], width)
    pieces = replace(
        whole,
        counts=whole.counts[rows],
        observed=whole.observed[rows],
        covariates=whole.covariates[rows],
        starts=np.append(first, len(rows)).astype(np.int64),
    )
    return pieces, block[rows][first].astype(np.int64)
