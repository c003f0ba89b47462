"""A look at a file of trials before anything runs."""

from pathlib import Path
from typing import TYPE_CHECKING

from neuro.io.bids import Recording
from neuro.preprocess.glance import Glance

if TYPE_CHECKING:
    from neuro.config.dataset import TrialsDataset


def look(root: Path, recording: Recording, section: "TrialsDataset") -> Glance:
    """Look at a recording with the checks that its job begins with.

    Parameters
    ----------
    root : Path
        The dataset's tree.
    recording : Recording
        Which recording of it.
    section : TrialsDataset
        What shall be done with it.

    Returns
    -------
    seen : Glance
        What is there, and what is wrong with it.
    """
    from neuro.analyses.eegbench.tasks import from_files

    seen = Glance()
    path = root / recording.path
    tasks = section.eegbench.tasks if section.eegbench is not None else {}
    if not tasks:
        _look_at_signals(path, seen)
    for name, task in tasks.items():
        try:
            trials, notes = from_files([path], [recording], task.classes)
        except (ValueError, OSError) as error:
            seen.problems.append(f"eegbench.tasks.{name}: {error}")
            continue
        if "published" in task.splits and set(trials.part) != {"train", "test"}:
            seen.problems.append(
                f"eegbench.tasks.{name}.splits: {path} has no published split; its parts are "
                f"{sorted(set(trials.part.tolist()))}"
            )
        seen.warnings += [f"{path}: {note}" for note in notes if f"{path}: {note}" not in
                          seen.warnings]  # fmt: skip
        seen.facts |= {"trials": len(trials), "channels": trials.data.shape[1]}
        seen.facts["classes"] = " ".join(trials.classes)
        seen.memory = {"run_eegbench": 1e9 + 20.0 * trials.data.nbytes}
    seen.n_bytes = float(path.stat().st_size)
    seen.results = 2e6
    return seen


def _look_at_signals(path: Path, seen: Glance) -> None:
    """Look at trials that no task asks the labels of."""
    from neuro.io.trials import read_trials

    try:
        file = read_trials(path)
    except (ValueError, OSError) as error:
        seen.problems.append(str(error))
        return
    seen.facts |= {"trials": len(file.data), "channels": file.data.shape[1]}
