"""Reading a raw MEG recording out of a BIDS tree, through MNE-BIDS."""

from pathlib import Path

import mne
import numpy as np
from mne.io.constants import FIFF

from neuro.io.bids import Recording
from neuro.preprocess.reading import open_recording

ON_AXIS = 1e-4
"""How far from its axis a coil may lie that marks a fiducial of a CTF head, m."""


def open_meg(root: str | Path, recording: Recording) -> tuple[mne.io.BaseRaw, str]:
    """Open a recording; samples are not read yet.

    Parameters
    ----------
    root : str | Path
        The BIDS tree.
    recording : Recording
        The recording; its `path` is relative to `root`.

    Returns
    -------
    raw : mne.io.BaseRaw
        With channel types, bad channels and annotations from BIDS.
    where : str
        Its file, for messages.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file is unreadable, a part of it is missing, or it has no MEG channels.
    """
    try:
        source = open_recording(root, recording)
    except ValueError as error:
        if "split" in str(error).lower():
            raise ValueError(
                f"{Path(root) / recording.path}: the recording is split over several files and a "
                f"part is missing ({_part(error)}). Copy all of its parts side by side, under the "
                "names they had when it was written"
            ) from error
        raise
    raw, where = source.raw, str(source.path)
    kinds = ", ".join(sorted(set(raw.get_channel_types()))) or "none"
    if not len(mne.pick_types(raw.info, meg=True, ref_meg=False, exclude=[])):
        raise ValueError(
            f"{where}: no MEG channel; it has channels of type {kinds}. Give the types in "
            "channels.tsv (MEGMAG, MEGGRADPLANAR, MEGGRADAXIAL), or leave the recording out with "
            "`recordings.exclude`"
        )
    _name_fiducials(raw)
    return raw, where


def _part(error: ValueError) -> str:
    words = [word.strip("(),'\"") for word in str(error).split()]
    names = [Path(word).name for word in words if word.endswith(".fif")]
    return names[-1] if names else "its name is not known"


def _name_fiducials(raw: mne.io.BaseRaw) -> None:
    """Where a system has its head coils on the fiducials (CTF), let them be fiducials.

    By definition of head coordinates, the left one lies on the negative x axis, the right one on
    the positive, the nasion on the positive y axis.
    """
    points = raw.info["dig"] or []
    cardinal = FIFF.FIFFV_POINT_CARDINAL
    if any(point["kind"] == cardinal for point in points):
        return
    idents = {}
    for i, point in enumerate(points):
        if point["kind"] != FIFF.FIFFV_POINT_HPI:
            continue
        x, y, z = (float(v) for v in point["r"])
        if abs(z) > ON_AXIS:
            continue
        if abs(y) <= ON_AXIS and abs(x) > ON_AXIS:
            idents[i] = FIFF.FIFFV_POINT_LPA if x < 0 else FIFF.FIFFV_POINT_RPA
        elif abs(x) <= ON_AXIS and y > ON_AXIS:
            idents[i] = FIFF.FIFFV_POINT_NASION
    if sorted(idents.values()) != [1, 2, 3]:
        return
    for i, ident in idents.items():
        points[i]["kind"], points[i]["ident"] = cardinal, ident
        points[i]["r"] = np.array(points[i]["r"])
