"""PyMVPA's example of Haxby et al. (2001): one image of all runs, and a line of text per volume."""

from itertools import groupby
from pathlib import Path
from typing import Any

from neuro.datasets import tree
from neuro.datasets.base import DatasetError

REST = "rest"
STEM = "sub-1/func/sub-1_task-objectviewing"


def arrange(unpacked: Path, root: Path, *, tr: float) -> None:
    """Split the image into runs, with their events; copy the mask.

    Parameters
    ----------
    unpacked : Path
        Holds `bold.nii.gz`, `mask.nii.gz` and `attributes_literal.txt` (condition and run of
        each volume).
    root : Path
        The tree.
    tr : float
        Time from volume to volume, s.

    Raises
    ------
    DatasetError
        If there is not one line per volume.
    """
    import nibabel

    image: Any = nibabel.load(unpacked / "bold.nii.gz")
    text = (unpacked / "attributes_literal.txt").read_text(encoding="utf-8")
    volumes = [line.split() for line in text.splitlines() if line.strip()]
    if len(volumes) != image.shape[3]:
        raise DatasetError(
            f"{unpacked}: {len(volumes)} lines of attributes for {image.shape[3]} volumes."
        )
    first = 0
    for number, (_, group) in enumerate(groupby(volumes, key=lambda volume: volume[1]), start=1):
        conditions = [volume[0] for volume in group]
        stem = f"{STEM}_run-{number:02d}"
        run = image.slicer[..., first : first + len(conditions)]
        tree.write_image(root / f"{stem}_desc-preproc_bold.nii.gz", run)
        told = {"RepetitionTime": tr, "TaskName": "object viewing"}
        tree.write_json(root / f"{stem}_desc-preproc_bold.json", told)
        columns = ["onset", "duration", "trial_type"]
        tree.write_table(root / f"{stem}_events.tsv", columns, blocks(conditions, tr))
        first += len(conditions)
    tree.place(unpacked / "mask.nii.gz", root / f"{STEM}_desc-brain_mask.nii.gz")


def blocks(conditions: list[str], tr: float) -> list[tuple[float, float, str]]:
    """Onset (s), duration (s) and condition of each block of equal volumes, rest left out."""
    found, first = [], 0
    for condition, group in groupby(conditions):
        n_volumes = len(list(group))
        if condition != REST:
            found.append((first * tr, n_volumes * tr, condition))
        first += n_volumes
    return found
