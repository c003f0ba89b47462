"""A look at a table of features before anything runs: its columns and its outcome."""

from pathlib import Path
from typing import TYPE_CHECKING

from neuro.io.bids import Recording
from neuro.preprocess.glance import Glance

if TYPE_CHECKING:
    from neuro.config.dataset import FeaturesDataset


def look(root: Path, recording: Recording, section: "FeaturesDataset") -> Glance:
    """Look at a recording with the checks that its job begins with.

    Parameters
    ----------
    root : Path
        The dataset's tree.
    recording : Recording
        Which recording of it.
    section : FeaturesDataset
        What shall be done with it.

    Returns
    -------
    seen : Glance
        What is there, and what is wrong with it.
    """
    from neuro.analyses.screening.study import read_study

    seen = Glance()
    path = root / recording.path
    try:
        study = read_study(path, section.screening)
    except (ValueError, OSError) as error:
        seen.problems.append(str(error))
        return seen
    seen.warnings += [f"{path}: {text}" for text in study.warnings]
    seen.n_bytes = float(path.stat().st_size)
    seen.facts = {"features": study.features.n_features, "subjects": study.outcome.n}
    if study.classes:
        seen.facts["classes"] = " ".join(study.classes)
    seen.memory = {"screening": 400e6 + 4e6 * section.screening.memory_mb}
    seen.results = 3e6 + 100.0 * study.features.n_features
    return seen
