"""A look at one person's derivatives before anything runs."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from neuro.io.bids import Recording
from neuro.io.damage import reading
from neuro.preprocess.glance import Glance

if TYPE_CHECKING:
    from neuro.config.dataset import Dataset, MultimodalDataset

BYTES = 32.0
"""Memory for each pair of regions of a person, copies included."""


def look(root: Path, recording: Recording, section: "MultimodalDataset") -> Glance:
    """Look at a recording: its regions, and whether the structural side is there.

    Parameters
    ----------
    root : Path
        The dataset's tree.
    recording : Recording
        Which recording of it.
    section : MultimodalDataset
        What shall be done with it.

    Returns
    -------
    seen : Glance
        What is there, and what is wrong with it.
    """
    from neuro.analyses.fusion.reading import check_person

    seen = Glance()
    path = root / recording.path
    try:
        with reading(path, "not a tab-separated table"), path.open(encoding="utf-8-sig") as file:
            regions = file.readline().rstrip("\n").split("\t")
    except (ValueError, OSError) as error:
        seen.problems.append(str(error))
        return seen
    try:
        check_person(root, recording.subject, section.fusion)
    except ValueError as error:
        seen.problems.append(str(error))
    structure = section.fusion.structure_matrix
    beside = sorted(path.parent.parent.glob(f"dwi/*_stat-{structure}_*.tsv"))
    if structure is not None and not beside:
        seen.warnings.append(
            f"{path}: no dwi/*_stat-{structure}_*.tsv beside it; "
            + ("the subject is left out" if section.fusion.incomplete == "drop" else "imputed")
        )
    seen.n_bytes = float(path.stat().st_size)
    seen.facts = {"regions": len(regions)}
    seen.memory = {"fuse": 1e9 + BYTES * len(regions) ** 2}
    seen.results = 1e4
    return seen


def look_together(root: Path, recordings: Sequence[Recording], section: "Dataset") -> list[str]:
    """What is wrong with the people taken together.

    Parameters
    ----------
    root : Path
        The dataset's tree.
    recordings : sequence of Recording
        Those that are used.
    section : Dataset
        What shall be done with them.

    Returns
    -------
    problems : list of str
        Too few people of a group, people without a row in the table, or a table that lacks maps.
    """
    from neuro.analyses.fusion.reading import check_people
    from neuro.analyses.fusion.table import read_table

    try:
        if section.modality == "multimodal":
            check_people(root, sorted({r.subject for r in recordings}), section.fusion)
        elif section.modality == "features" and section.fusion is not None:
            read_table(root / recordings[0].path, section.fusion)
    except (ValueError, OSError) as error:
        return [str(error)]
    return []
