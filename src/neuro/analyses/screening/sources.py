"""Tables of features that are read piece by piece: what an array in memory is, and what files are.

A source tells its shape and names, and gives columns. Screening asks for them from left to right.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuro.stats.dependence.block import Floats


class Source(ABC):
    """A table of samples x features that may be larger than memory.

    Attributes
    ----------
    n_samples, n_features : int
        Its shape.
    where : str
        What it is, for errors.
    """

    n_samples: int
    n_features: int
    where: str = "features"

    @abstractmethod
    def columns(self, start: int, stop: int) -> NDArray[Any]:
        """Values of some features, shape (n_samples, stop - start); missing ones are NaN."""

    def names(self, start: int, stop: int) -> list[str]:
        """Names of some features."""
        return [f"feature {i}" for i in range(start, stop)]

    def chunks(self, size: int) -> Iterator[tuple[int, Floats]]:
        """All features in pieces, from left to right.

        Parameters
        ----------
        size : int
            Features at once.

        Yields
        ------
        start : int
            First feature of the piece.
        values : ndarray, shape (n_features_here, n_samples)
            Their values, one row per feature.
        """
        for start in range(0, self.n_features, size):
            values = self.columns(start, min(start + size, self.n_features))
            yield start, np.ascontiguousarray(values.T, dtype=np.float64)


class ArraySource(Source):
    """An array, or anything that can be cut like one: a memory map, a dataset of HDF5."""

    def __init__(
        self, array: Any, names: Sequence[str] | None = None, where: str = "features"
    ) -> None:
        if array.ndim != 2:
            raise ValueError(
                f"{where} must have two dimensions (samples x features), got shape {array.shape}"
            )
        if np.dtype(array.dtype).kind not in "biuf":
            raise ValueError(f"{where} must be numbers, got {array.dtype}")
        self.n_samples, self.n_features = array.shape
        self._array = array
        self.where = where
        if names is not None and len(names) != self.n_features:
            raise ValueError(f"{where}: {len(names)} names for {self.n_features} features")
        self._names = names

    def columns(self, start: int, stop: int) -> NDArray[Any]:
        """Values of some features."""
        values: NDArray[Any] = np.asarray(self._array[:, start:stop])
        return values

    def names(self, start: int, stop: int) -> list[str]:
        """Names of some features."""
        if self._names is None:
            return super().names(start, stop)
        return [str(name) for name in self._names[start:stop]]


def as_source(features: Any) -> Source:
    """A source of whatever holds features: a source, an array, a data frame.

    Raises
    ------
    ValueError
        If it is no table of numbers.
    """
    if isinstance(features, Source):
        return features
    if hasattr(features, "columns") and hasattr(features, "to_numpy"):
        values = features.to_numpy(dtype=np.float64, na_value=np.nan)
        return ArraySource(values, [str(name) for name in features.columns])
    if not hasattr(features, "ndim"):
        features = np.asarray(features, dtype=np.float64)
    return ArraySource(features)


def refuse_infinite(source: Source, start: int, values: Floats) -> None:
    """Raise ValueError that names the first feature with an infinite value."""
    # A sum is not finite if any value is not; NaN alone is allowed.
    for b in np.flatnonzero(~np.isfinite(values.sum(1))):
        bad = np.flatnonzero(np.isinf(values[b]))
        if len(bad):
            name = source.names(start + int(b), start + int(b) + 1)[0]
            raise ValueError(
                f"{source.where}: {name!r} (column {start + b}) is infinite in {len(bad)} "
                f"sample(s), first in sample {bad[0]}; mark what is missing as NaN"
            )
