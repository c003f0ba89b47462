"""What results say, whatever the bytes around them: for comparing two runs."""

import hashlib
from pathlib import Path

from neuro.io import hdf5

UNCOMPARED = ("logs", "benchmarks")
"""Folders of results/ that hold seconds and timestamps."""
FACTS = ("index.html", "provenance.json")
"""Files that tell of the machine."""


def content_digests(folder: str | Path) -> dict[str, str]:
    """Digest of every result below a folder.

    HDF5 counts by its datasets and FIF by its data, channel names and events, since both formats
    keep dates or layout beside the numbers; every other file counts by its bytes. Hidden files,
    logs, benchmarks and what states facts of the run (`report/index.html`,
    `report/provenance.json`) are left out.

    Parameters
    ----------
    folder : str | Path
        A results folder.

    Returns
    -------
    digests : dict of str to str
        SHA-256 by path relative to the folder.
    """
    folder = Path(folder)
    digests = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        relative = path.relative_to(folder)
        hidden = any(part.startswith(".") for part in relative.parts)
        if hidden or relative.parts[0] in UNCOMPARED or relative.name in FACTS:
            continue
        digests[relative.as_posix()] = _digest(path)
    return digests


def _digest(path: Path) -> str:
    if path.suffix == ".h5":
        return hdf5.digest(path)
    if path.suffix == ".fif":
        return _fif_digest(path)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _fif_digest(path: Path) -> str:
    import mne
    import numpy as np

    sha = hashlib.sha256()
    if path.stem.endswith("_epo"):
        epochs = mne.read_epochs(path, preload=True, verbose="error")
        parts = [epochs.get_data(copy=False), epochs.events]
        names = [*epochs.ch_names, *epochs.event_id]
    elif path.stem.endswith("_raw"):
        raw = mne.io.read_raw_fif(path, preload=True, verbose="error")
        parts = [raw.get_data(), raw.annotations.onset, raw.annotations.duration]
        names = [*raw.ch_names, *raw.annotations.description]
    else:
        evokeds = mne.read_evokeds(path, verbose="error")
        parts = [evoked.data for evoked in evokeds]
        names = [*evokeds[0].ch_names, *(str(evoked.comment) for evoked in evokeds)]
    sha.update("\0".join(names).encode())
    for part in parts:
        sha.update(str(part.shape).encode() + np.ascontiguousarray(part).tobytes())
    return sha.hexdigest()
