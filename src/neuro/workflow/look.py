"""A look at one recording of any modality: what there is to see without reading samples."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from neuro.config import Dataset
from neuro.io.bids import Recording
from neuro.io.tables import read_tsv
from neuro.preprocess.glance import Glance

LOOKS = {
    "eeg": "neuro.preprocess.look_eeg",
    "meg": "neuro.preprocess.meg.look",
    "fmri": "neuro.preprocess.fmri.look",
    "calcium": "neuro.preprocess.calcium.look",
    "spikes": "neuro.preprocess.spikes.look",
    "features": "neuro.analyses.screening.look",
    "multimodal": "neuro.analyses.fusion.look",
    "trials": "neuro.analyses.eegbench.look",
}
"""Where the function `look` of each modality is; imported only when a dataset is of its kind."""

TOGETHER = {"fusion": "neuro.analyses.fusion.look"}
"""Where the function `look_together` of an analysis is, which sees all recordings of a dataset."""


@dataclass(frozen=True)
class Look:
    """What was seen of a recording.

    Parameters
    ----------
    recording : Recording
        Which.
    glance : Glance
        Problems, warnings, facts, and what it will take.
    """

    recording: Recording
    glance: Glance

    @property
    def readable(self) -> bool:
        """Whether the header was read."""
        return bool(self.glance.facts)


def look(root: Path, recording: Recording, section: Dataset) -> Look:
    """Look at a recording with the checks that its job would begin with.

    Parameters
    ----------
    root : Path
        The BIDS tree.
    recording : Recording
        Which recording of it.
    section : Dataset
        What shall be done with it.

    Returns
    -------
    seen : Look
        What is there, and what is wrong with it.
    """
    of_modality: Callable[[Path, Recording, Dataset], Glance]
    of_modality = import_module(LOOKS[section.modality]).look
    glance = of_modality(root, recording, section)
    # Of many recordings, a problem that names no file would be nobody's.
    glance.problems[:] = [
        text if str(root) in text else f"{root / recording.path}: {text}"
        for text in glance.problems
    ]
    glance.warnings[:0] = _participants(root, recording)
    return Look(recording, glance)


def look_together(root: Path, recordings: Sequence[Recording], section: Dataset) -> list[str]:
    """Look at recordings together, where an analysis has something to say of that.

    Parameters
    ----------
    root : Path
        The BIDS tree.
    recordings : sequence of Recording
        Those that are used.
    section : Dataset
        What shall be done with them.

    Returns
    -------
    problems : list of str
        What is wrong with them together.
    """
    found: list[str] = []
    for word in section.analyses:
        if word in TOGETHER:
            found += import_module(TOGETHER[word]).look_together(root, recordings, section)
    return found


def _participants(root: Path, recording: Recording) -> list[str]:
    table = root / "participants.tsv"
    if not table.is_file():
        return [f"{table}: missing; BIDS wants one row per subject there"]
    try:
        known = {str(label) for label in read_tsv(table, ("participant_id",))["participant_id"]}
    except ValueError as error:
        return [str(error)]
    if f"sub-{recording.subject}" in known:
        return []
    return [f"{table}: has no row for sub-{recording.subject}; it has {len(known)} subject(s)"]
