"""Traces of one recording, read back from the file that :func:`clean.run` wrote."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from neuro.io import hdf5
from neuro.io.hdf5 import Array
from neuro.preprocess.calcium.traces import Bools, Floats


@dataclass(frozen=True)
class Product:
    """A recording's traces and their history.

    Parameters
    ----------
    arrays : dict of str to Array
        Content of the file.
    story : dict
        History, versions, and whether the usual chain was taken.
    where : str
        The file, for messages.
    """

    arrays: dict[str, Array]
    story: dict[str, Any]
    where: str

    @classmethod
    def load(cls, path: str | Path) -> "Product":
        """Read a file.

        Raises
        ------
        ValueError
            If it is none of :func:`neuro.preprocess.calcium.clean.run`.
        """
        product = cls(hdf5.read(path), hdf5.read_params(path), str(path))
        if lacking := sorted({"dff", "names", "present", "good", "time"} - set(product.arrays)):
            raise ValueError(
                f"{path}: lacks {lacking}; make it with neuro.preprocess.calcium.clean.run"
            )
        return product

    @property
    def history(self) -> list[dict[str, Any]]:
        """What was done, from `read` on."""
        history: list[dict[str, Any]] = self.story["history"]
        return history

    @property
    def read(self) -> dict[str, Any]:
        """The recording as its authors stored it."""
        found: dict[str, Any] = self.history[0]["found"]
        return found

    @property
    def kind(self) -> str:
        """What the traces are after the chain."""
        return str(self.arrays["dff"].attrs["kind"])

    @property
    def sfreq(self) -> float:
        """Frame rate, Hz."""
        return float(self.arrays["dff"].attrs["sfreq"])

    @property
    def is_even(self) -> bool:
        """Whether frames are evenly spaced."""
        return bool(self.arrays["time"].attrs["even"])

    @property
    def names(self) -> list[str]:
        """All neurons."""
        return [str(name) for name in self.arrays["names"].values]

    @property
    def present(self) -> Bools:
        """Neurons that are used."""
        return self._mask("present")

    @property
    def identified(self) -> Bools:
        """Neurons whose names are identities."""
        return self._mask("identified")

    @property
    def good(self) -> Bools:
        """Frames without artifacts."""
        return self._mask("good")

    @property
    def time(self) -> Floats:
        """Times of the frames, s."""
        return self.floats("time")

    def floats(self, name: str) -> Floats:
        """An array."""
        return np.asarray(self.arrays[name].values, dtype=np.float64)

    def maybe(self, name: str) -> Floats | None:
        """An array, or None where the chain did not make it."""
        return self.floats(name) if name in self.arrays else None

    def circular(self) -> dict[str, Floats]:
        """Circular covariates, rad, by name."""
        return {
            name.removeprefix("covariates/"): self.floats(name)
            for name, array in self.arrays.items()
            if name.startswith("covariates/") and bool(array.attrs["circular"])
        }

    def entry(self, method: str) -> dict[str, Any] | None:
        """Entry of a method in the history."""
        return next((entry for entry in self.history if entry["method"] == method), None)

    def _mask(self, name: str) -> Bools:
        mask: Bools = np.asarray(self.arrays[name].values, dtype=bool)
        return mask
