"""Files beside a recording: by BIDS names, the nearest and most particular first."""

import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from neuro.io.atomic import read_json
from neuro.io.bids import Recording
from neuro.preprocess.fmri.volumes import ENDINGS, Volumes

TOLERANCE = 0.01
"""Relative difference of two repetition times from which they contradict each other."""


def stem(path: str | Path) -> str:
    """Name of a file without any ending."""
    return Path(path).name.split(".")[0]


def entities(path: str | Path) -> dict[str, str]:
    """Entities of a BIDS name: `{"sub": "01", "task": "rest"}`."""
    return dict(part.split("-", 1) for part in stem(path).split("_") if "-" in part)


def beside(root: Path, recording: Recording, suffix: str, endings: Iterable[str]) -> list[Path]:
    """Files of a suffix that hold for a recording, the most particular first.

    Parameters
    ----------
    root : Path
        The BIDS tree.
    recording : Recording
        The recording.
    suffix : str
        Last part of the name, e.g. `events` or `desc-brain_mask`.
    endings : iterable of str
        E.g. `[".tsv"]`.

    Returns
    -------
    paths : list of Path
        From the recording's folder up to the root; what holds for more comes later.
    """
    own = entities(recording.path)
    wanted = entities(suffix)
    folder = (root / recording.path).parent
    found: list[tuple[int, int, Path]] = []
    for level, here in enumerate([folder, *folder.parents]):
        for path in sorted(p for e in endings for p in here.glob(f"*{suffix}{e}")):
            theirs = {k: v for k, v in entities(path).items() if wanted.get(k) != v}
            shared = stem(path) == suffix or stem(path).endswith(f"_{suffix}")
            if shared and all(own.get(key) == value for key, value in theirs.items()):
                found.append((level, -len(theirs), path))
        if here == root:
            break
    return [path for _, _, path in sorted(found)]


def sidecar(root: Path, recording: Recording) -> dict[str, Any]:
    """Content of the recording's JSON sidecars, the most particular winning."""
    suffix = stem(recording.path).rsplit("_", 1)[-1]
    merged: dict[str, Any] = {}
    for path in reversed(beside(root, recording, suffix, [".json"])):
        content = read_json(path)
        if not isinstance(content, dict):
            raise ValueError(f"{path}: expected a JSON object, found {type(content).__name__}")
        merged |= content
    return merged


def repetition_time(
    told: dict[str, Any], volumes: Volumes | None, given: float | None, where: Path
) -> float:
    """Repetition time of a recording, s.

    Parameters
    ----------
    told : dict
        The JSON sidecar.
    volumes : Volumes | None
        The header, where there is one.
    given : float | None
        `preprocess.tr`, which settles it.
    where : Path
        The recording, for messages.

    Raises
    ------
    ValueError
        If it is missing, zero, or told in two ways that differ.
    """
    if given is not None:
        return given
    remedy = "Write RepetitionTime (s) into its JSON sidecar, or give preprocess.tr"
    in_header = volumes.tr if volumes is not None else 0.0
    in_sidecar = told.get("RepetitionTime")
    if in_sidecar is not None and not _positive(in_sidecar):
        raise ValueError(
            f"{where}: RepetitionTime of its sidecar must be a number above 0, found "
            f"{json.dumps(in_sidecar)}. {remedy}"
        )
    if in_sidecar is None and not _positive(in_header):
        found = "none" if volumes is None else f"{in_header:g} s in the header (or no unit of time)"
        raise ValueError(f"{where}: no repetition time: found {found}. {remedy}")
    if in_sidecar is None:
        return in_header
    if _positive(in_header) and abs(in_sidecar - in_header) > TOLERANCE * in_sidecar:
        raise ValueError(
            f"{where}: the repetition time is {in_sidecar:g} s in its sidecar but "
            f"{in_header:g} s in its header. Correct one, or settle it with preprocess.tr"
        )
    return float(in_sidecar)


def _positive(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and math.isfinite(value) and value > 0


def t1_of(root: Path, recording: Recording) -> Path:
    """The subject's T1w image: of the recording's session, else the subject's only one.

    Raises
    ------
    FileNotFoundError
        If there is none.
    ValueError
        If there are several and no session tells which.
    """
    session = f"ses-{recording.session}/" if recording.session else ""
    subject = root / f"sub-{recording.subject}"
    patterns = [f"{session}anat/*_T1w"] + (
        [] if not session else ["anat/*_T1w", "ses-*/anat/*_T1w"]
    )
    for pattern in patterns:
        found = sorted(
            p for e in ENDINGS for p in subject.glob(pattern + e) if "space-" not in p.name
        )
        if len(found) > 1:
            raise ValueError(
                f"{subject}: several T1w images: {', '.join(p.name for p in found)}; leave one "
                "there for `coregister`"
            )
        if found:
            return found[0]
    raise FileNotFoundError(
        f"{subject}: no anat/*_T1w.nii.gz, which preprocess.chain's `coregister` needs. Add the "
        "image, or take `coregister` and `normalize` out of the chain"
    )


def diffusion_files(root: Path, recording: Recording, ending: str) -> list[Path]:
    """Tables of the subject's (and session's) `dwi` folder that end so."""
    folders = [root / f"sub-{recording.subject}" / "dwi"]
    if recording.session:
        folders.insert(0, folders[0].parent / f"ses-{recording.session}" / "dwi")
    for folder in folders:
        if found := sorted(folder.glob(f"*{ending}")):
            return found
    return []
