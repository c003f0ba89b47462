"""Writing recordings of any format as a BIDS tree, through MNE-BIDS (Appelhoff et al., 2019).

Formats that BIDS allows for EEG are copied byte for byte; all others become BrainVision with 32-bit
floats, which keeps seven digits.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from neuro.datasets.base import DatasetError
from neuro.datasets.layout import DATATYPE, LAYOUTS
from neuro.io.bids import Recording

if TYPE_CHECKING:
    import mne

COPIED = (".edf", ".bdf", ".vhdr", ".set")
"""Endings of the formats that BIDS allows."""
WRITTEN = ".vhdr"
"""Ending of what all other formats become."""
KEPT_TYPES = ("eeg", "eog", "ecg", "emg", "misc")
"""Channel types that go into a converted file. Trigger channels do not: they tell the condition,
and events.tsv has what they say."""


def ending(path: str | Path) -> str:
    """Ending that a recording has in the BIDS tree."""
    suffix = Path(path).suffix.lower()
    return suffix if suffix in COPIED else WRITTEN


def recording_of(
    subject: str,
    session: str,
    task: str,
    run: str,
    extension: str,
    *,
    acquisition: str = "",
    modality: str = "eeg",
    description: str = "",
    suffix: str = DATATYPE,
) -> Recording:
    """Make the recording with these labels (empty for absent) and its path in the tree.

    Raises
    ------
    ValueError
        If a label is not a BIDS label.
    """
    pairs = {
        "sub": subject,
        "ses": session,
        "task": task,
        "acq": acquisition,
        "run": run,
        "desc": description,
    }
    stem = "_".join(f"{key}-{label}" for key, label in pairs.items() if label)
    folder = "/".join(f"{key}-{pairs[key]}" for key in ("sub", "ses") if pairs[key])
    path = f"{folder}/{LAYOUTS[modality].folder}/{stem}_{suffix}{extension}"
    return Recording.from_path(path)


def describe(root: Path, name: str, license_: str, source: str) -> None:
    """Write dataset_description.json of a tree."""
    from mne_bids import make_dataset_description

    make_dataset_description(
        path=root,
        name=name,
        data_license=license_,
        references_and_links=[source],
        overwrite=True,
        verbose="error",
    )


def write(raw: "mne.io.BaseRaw", recording: Recording, root: Path, *, copied: bool) -> None:
    """Write one recording with its sidecars below a tree's root.

    Parameters
    ----------
    raw : Raw
        The recording, V; its annotations become events.tsv.
    recording : Recording
        Where it goes.
    root : Path
        The tree.
    copied : bool
        Copy the file that `raw` was read from, instead of converting its content.

    Raises
    ------
    DatasetError
        If the recording has no EEG channel.
    """
    import mne
    from mne_bids import get_bids_path_from_fname, write_raw_bids

    types = set(raw.get_channel_types())
    if "eeg" not in types:
        raise DatasetError(
            f"{recording.name}: no EEG channel; it has channels of type {', '.join(sorted(types))}."
        )
    if not copied:
        raw = raw.copy().pick([t for t in KEPT_TYPES if t in types], exclude=()).load_data()
    path = get_bids_path_from_fname(root / recording.path, check=False).update(root=root)
    with mne.utils.use_log_level("error"):
        write_raw_bids(
            raw,
            path,
            format="auto" if copied else "BrainVision",
            allow_preload=not copied,
            overwrite=True,
            verbose="error",
        )
    if not (root / recording.path).is_file():
        raise DatasetError(f"{recording.name}: MNE-BIDS did not write {recording.path}.")
