"""Checks of an outcome, and which variables are categories."""

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from neuro.stats.dependence.block import Block, Floats

Kind = Literal["auto", "continuous", "categorical"]
MOST_LEVELS = 10
"""A variable of whole numbers with no more different values than this counts as categories."""


def check_outcome(outcome: Any, kind: Kind = "auto", name: str = "the outcome") -> Block:
    """Bring an outcome into the form that methods take.

    Parameters
    ----------
    outcome : array-like, shape (n_samples,)
        Numbers, or labels of any kind.
    kind : {'auto', 'continuous', 'categorical'}
        `auto`: labels that are no numbers, and at most 10 different whole numbers, are categories.
    name : str
        For errors.

    Returns
    -------
    block : Block
        One variable.

    Raises
    ------
    ValueError
        If it is not one-dimensional, has missing or infinite values, or only one value.
    """
    array = np.asarray(outcome)
    if array.ndim != 1:
        raise ValueError(f"{name} must have one dimension, got shape {array.shape}")
    if not len(array):
        raise ValueError(f"{name} has no samples")
    if array.dtype.kind in "fc":
        bad = np.flatnonzero(~np.isfinite(array))
        if len(bad):
            raise ValueError(
                f"{name} has {len(bad)} missing or infinite value(s), first at sample {bad[0]}; "
                "leave these samples out"
            )
    if array.dtype.kind not in "biuf":
        return _labels(array, kind, name)
    values = array.astype(np.float64)
    levels = np.unique(values)
    if len(levels) == 1:
        raise ValueError(
            f"{name} has one value only ({levels[0]:g}) in {len(values)} samples: there is nothing "
            "to tell apart; at least two classes are needed"
        )
    categorical = kind == "categorical" or (kind == "auto" and looks_categorical(values))
    if categorical:
        _enough_of_each(values, name)
    return Block(values[None], categorical)


def _labels(array: NDArray[Any], kind: Kind, name: str) -> Block:
    missing = [i for i, value in enumerate(array) if value is None or value != value]
    if missing:
        raise ValueError(
            f"{name} has {len(missing)} missing label(s), first at sample {missing[0]}; leave "
            "these samples out"
        )
    if kind == "continuous":
        raise ValueError(f"{name} must be numbers to be continuous, got e.g. {str(array[0])!r}")
    levels, codes = np.unique(array.astype(str), return_inverse=True)
    if len(levels) == 1:
        raise ValueError(
            f"{name} has one class only ({str(levels[0])!r}) in {len(array)} samples; at least two "
            "are needed"
        )
    _enough_of_each(codes, name)
    return Block(codes.astype(np.float64)[None], categorical=True)


def _enough_of_each(codes: NDArray[Any], name: str) -> None:
    if len(np.unique(codes)) > len(codes) // 2:
        raise ValueError(
            f"{name} has {len(np.unique(codes))} classes in {len(codes)} samples, less than two of "
            "each: is it an identifier, or a quantity (then say `continuous`)?"
        )


def looks_categorical(values: Floats) -> bool:
    """Whether these are few whole numbers: codes of categories, or counts that are as good."""
    levels = np.unique(values)
    whole = bool(np.all(levels == np.round(levels)))
    return whole and len(levels) <= min(MOST_LEVELS, max(2, len(values) // 5))


def categorical_rows(values: Floats) -> NDArray[np.bool_]:
    """Which rows look like categories; missing values do not count."""
    few = np.zeros(len(values), bool)
    with np.errstate(invalid="ignore"):
        whole = np.all((values == np.round(values)) | np.isnan(values), axis=1)
    for b in np.flatnonzero(whole):
        row = values[b]
        few[b] = looks_categorical(row[~np.isnan(row)])
    return few
