"""What must hold of a recording that MNE has opened, before anything is taken from it."""

import math
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import mne


def check_opened(raw: "mne.io.BaseRaw", path: str | Path) -> None:
    """Check the sampling rate, and that all parts of a split FIF file lie beside the first.

    MNE follows the names of parts wherever they lead; another person's recording would go on in
    this one.

    Parameters
    ----------
    raw : mne.io.BaseRaw
        The recording, not loaded.
    path : str | Path
        The file that was opened.

    Raises
    ------
    ValueError
        If the header tells a rate that there cannot be, or a part lies elsewhere.
    """
    sfreq = float(raw.info["sfreq"])
    if not (math.isfinite(sfreq) and sfreq > 0):
        raise ValueError(f"{path}: its sampling rate is {sfreq:g} Hz")
    if not Path(path).name.lower().endswith((".fif", ".fif.gz")):
        return
    # As names say, not where links lead: files of git-annex are links into a store.
    own, *others = (
        Path(os.path.normpath(Path(part).absolute())) for part in (path, *raw.filenames) if part
    )
    for part in others:
        if part.parent != own.parent:
            raise ValueError(
                f"{path}: goes on in {part}, which is not beside it; put all parts of a split FIF "
                "file into one folder, under the names that they were written with"
            )
