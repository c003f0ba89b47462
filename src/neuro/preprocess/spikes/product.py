"""The file of binned spikes, read back."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuro.io import hdf5
from neuro.io.hdf5 import Array

REQUIRED = ("counts", "times", "block", "epoch", "units/name", "units/kept", "epochs/label")


@dataclass(frozen=True)
class Product:
    """What :func:`neuro.preprocess.spikes.binning.run` wrote.

    Parameters
    ----------
    arrays : dict of str to Array
        The arrays by name.
    params : dict
        `binning`, `history`, `warnings` and `versions`.
    """

    arrays: dict[str, Array]
    params: dict[str, Any]

    @classmethod
    def load(cls, path: str | Path) -> "Product":
        """Read a file.

        Raises
        ------
        ValueError
            If it holds something else.
        """
        arrays = hdf5.read(path)
        if lacking := [name for name in REQUIRED if name not in arrays]:
            raise ValueError(f"{path}: lacks {lacking}; it is no file of binned spikes")
        return cls(arrays, hdf5.read_params(path))

    def values(self, name: str) -> NDArray[Any]:
        """Values of an array."""
        return np.asarray(self.arrays[name].values)

    def texts(self, name: str) -> list[str]:
        """Values of an array of text."""
        return [str(each) for each in self.values(name)]

    @property
    def bin_width(self) -> float:
        """Width of the bins, s."""
        return float(self.arrays["counts"].attrs["bin_width"])

    @property
    def binning(self) -> dict[str, Any]:
        """Parameters of the binning."""
        binning: dict[str, Any] = self.params["binning"]
        return binning

    @cached_property
    def kept(self) -> NDArray[np.int64]:
        """Rows of the units that are kept."""
        return np.flatnonzero(self.values("units/kept"))

    @cached_property
    def epoch_of_bin(self) -> NDArray[np.str_]:
        """Name of each bin's epoch."""
        labels: NDArray[np.str_] = np.array(self.texts("epochs/label"), str)
        return np.asarray(labels[self.values("epoch")])

    @property
    def covariates(self) -> list[str]:
        """Names of the covariates."""
        return [name.split("/", 1)[1] for name in self.arrays if name.startswith("covariates/")]

    def kind(self, covariate: str) -> str:
        """Kind of a covariate: `linear`, `angle`, `step` or `speed`."""
        return str(self.arrays[f"covariates/{covariate}"].attrs["kind"])

    def found(self, method: str) -> dict[str, Any]:
        """What a step found."""
        entry: dict[str, Any] = next(e for e in self.params["history"] if e["method"] == method)
        return dict(entry["found"])
