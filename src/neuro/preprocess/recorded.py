"""What one recording left behind, read back for the summary of its dataset."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuro.io import hdf5, manifest
from neuro.io.hdf5 import Array
from neuro.io.manifest import Manifest


@dataclass(frozen=True)
class Recorded:
    """A recording's manifest, and the arrays of its evoked responses.

    Parameters
    ----------
    about : Manifest
        The manifest.
    arrays : dict of str to Array
        The arrays by name.
    params : dict
        Contrasts and statistics behind them.
    """

    about: Manifest
    arrays: dict[str, Array]
    params: dict[str, Any]

    @classmethod
    def load(cls, manifest_path: str | Path, erp_path: str | Path) -> "Recorded":
        """Read what :func:`neuro.preprocess.erp.run` wrote.

        Raises
        ------
        ValueError
            If the two files are not of one recording.
        """
        about = manifest.read(manifest_path)
        if not Path(erp_path).name.startswith(f"{about.recording}_"):
            raise ValueError(f"{erp_path}: does not belong to {manifest_path} ({about.recording})")
        return cls(about, hdf5.read(erp_path), hdf5.read_params(erp_path))

    @property
    def name(self) -> str:
        """The recording's name."""
        return self.about.recording

    @property
    def subject(self) -> str:
        """First part of the recording's name: `sub-01`."""
        return self.name.split("_")[0]

    @property
    def contrasts(self) -> dict[str, Any]:
        """Parameters of the contrasts by name."""
        contrasts: dict[str, Any] = self.params["contrasts"]
        return contrasts

    @property
    def confidence(self) -> float:
        """Confidence of every interval."""
        return float(self.params["statistics"]["confidence"])

    def array(self, name: str) -> NDArray[Any]:
        """Values of an array."""
        return np.asarray(self.arrays[name].values)

    def count(self, name: str) -> int:
        """Value of a count, e.g. `n_kept`."""
        return int(self.array(f"quality/{name}"))
