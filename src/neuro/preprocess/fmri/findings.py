"""What a recording's manifest says: key numbers and warnings."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from neuro.io.hdf5 import Array
from neuro.io.manifest import KeyNumber
from neuro.preprocess.fmri.connectivity import upper
from neuro.preprocess.fmri.parcels import Series
from neuro.preprocess.fmri.structural import Structure

if TYPE_CHECKING:
    from neuro.config.fmri import FMRIPreprocess

Floats = NDArray[np.float64]

MUCH_MOTION = 0.5
"""Mean framewise displacement above which results are doubtful (Satterthwaite 2013), mm."""
SHORT = 240.0
"""Recordings shorter than this give unsteady connectivity, s."""
LIMITS = (
    "The light chain was used: it corrects rigid head motion only. Distortions of the field, "
    "changes of the field with motion and slice-wise motion stay, the skull is not taken off, and "
    "the fit to the T1w image and to MNI152 must be judged in the overlay. fMRIPrep corrects more."
)


@dataclass
class Found:
    """All that is known of a recording.

    Parameters
    ----------
    arrays : mapping of str to Array
        From its voxels file.
    history : list of dict
        Steps with what they found.
    series : Series
        Its parcels.
    matrices : dict of str to ndarray
        Connectivity by kind.
    structure : Structure
        What diffusion MRI says.
    params : FMRIPreprocess
        What was asked for.
    coupling : tuple of float and int | None
        Correlation of structural and functional connectivity, and the number of pairs.
    """

    arrays: Mapping[str, Array]
    history: list[dict[str, Any]]
    series: Series
    matrices: dict[str, Floats]
    structure: Structure
    params: "FMRIPreprocess"
    coupling: tuple[float, int] | None = None

    def step(self, method: str) -> dict[str, Any] | None:
        """Entry of a method in the history, if there is one."""
        return next((entry for entry in self.history if entry["method"] == method), None)

    def values(self, name: str) -> Any:
        """Values of an array, or None."""
        return self.arrays[name].values if name in self.arrays else None

    @property
    def read(self) -> dict[str, Any]:
        """The recording as it was stored."""
        facts: dict[str, Any] = self.history[0]["found"]
        return facts

    @property
    def n_voxels(self) -> int:
        """Voxels in the mask."""
        return int(np.shape(self.arrays["voxels"].values)[1])


def key_numbers(found: Found) -> list[KeyNumber]:
    """Numbers of the recording's quality, then of its connectivity."""
    good = np.asarray(found.values("good"))
    numbers = [
        KeyNumber(
            name="volumes kept",
            value=100 * float(good.mean()),
            unit="%",
            n=f"{int(good.sum())} of {good.size} volumes",
        )
    ]
    if found.n_voxels:
        tsnr = np.asarray(found.values("tsnr"))
        numbers.append(
            KeyNumber(name="temporal signal-to-noise ratio, median", value=float(np.median(tsnr)),
                      n=f"{tsnr.size} voxels")
        )  # fmt: skip
    if (fd := found.values("fd")) is not None:
        numbers.append(
            KeyNumber(name="framewise displacement, mean", value=float(np.mean(fd)), unit="mm",
                      n=f"{len(fd)} volumes")
        )  # fmt: skip
    if "correlation" in found.matrices:
        pairs = upper(found.matrices["correlation"])
        pairs = pairs[np.isfinite(pairs)]
        numbers.append(
            KeyNumber(name="functional connectivity, mean correlation", value=float(pairs.mean()),
                      n=f"{pairs.size} pairs of {int(found.series.present.sum())} parcels")
        )  # fmt: skip
    if found.coupling is not None:
        r, n = found.coupling
        numbers.append(
            KeyNumber(name="structure-function correlation", value=r, n=f"{n} pairs of parcels",
                      note="of log(1 + streamlines) and correlation, above the diagonal")
        )  # fmt: skip
    return numbers


def warnings_of(found: Found) -> list[str]:
    """What a reader must know before trusting the numbers."""
    texts = [*found.read["notes"], *found.series.notes, *found.structure.notes]
    if found.read["kind"] == "raw":
        texts.append(LIMITS)
    fd = found.values("fd")
    if fd is not None and np.mean(fd) > MUCH_MOTION:
        texts.append(
            f"Much head motion: mean framewise displacement {np.mean(fd):.2f} mm, above "
            f"{MUCH_MOTION:g} mm."
        )
    entry = found.step("normalize")
    if entry is not None and _is_doubtful(entry):
        texts.append(
            "The T1w image and the MNI152 template correlate by only "
            f"{entry['found']['correlation_with_template']:.2f} within the brain; look at the "
            "overlay before you trust anything in MNI space."
        )
    length = float(np.sum(found.values("good"))) * found.read["tr_s"]
    if found.matrices and length < SHORT:
        texts.append(
            f"Only {length:.0f} s of good volumes: connectivity of less than {SHORT:g} s is "
            "unsteady."
        )
    entry = found.step("events")
    if entry is not None and entry["found"]["ambiguous"]:
        texts.append(
            f"{entry['found']['ambiguous']} volumes lie within events of several conditions and "
            "carry no label."
        )
    return texts


def _is_doubtful(entry: Mapping[str, Any]) -> bool:
    # Registration is not loaded for recordings that came registered.
    from neuro.preprocess.fmri.light import DOUBTFUL_SIMILARITY

    return bool(entry["found"]["correlation_with_template"] < DOUBTFUL_SIMILARITY)
