"""One job: the audit of a task."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from neuro.analyses.eegbench.audit import (
    MEMORY,
    Finding,
    identity,
    neighbors,
    shuffled,
    windows,
)
from neuro.analyses.eegbench.families import CLASSICAL
from neuro.analyses.eegbench.registry import named
from neuro.analyses.eegbench.run import read_task
from neuro.analyses.eegbench.splits import make_folds
from neuro.analyses.eegbench.trials import Trials
from neuro.io.tables import write_tsv

if TYPE_CHECKING:
    from neuro.analyses.eegbench.method import Method
    from neuro.config.eegbench import DatasetTasks, EEGBench, SplitSettings

COLUMNS = ["dataset", "task", "split", *Finding.__dataclass_fields__]


def run(
    paths: Sequence[str | Path],
    recordings: Sequence[Mapping[str, str]],
    output: str | Path,
    *,
    dataset: str,
    task: str,
    section: "DatasetTasks",
    settings: "EEGBench",
    n_tasks: int,
    rng: np.random.Generator,
) -> list[Finding]:
    """Audit a task, and write what was found as a table.

    Parameters
    ----------
    paths : sequence of str | Path
        Epochs (`.fif`) or trials (`.h5`) of each recording.
    recordings : sequence of mapping
        Fields of each :class:`~neuro.io.bids.Recording`.
    output : str | Path
        The table.
    dataset, task : str
        Names.
    section : DatasetTasks
        `datasets.<name>.eegbench`.
    settings : EEGBench
        The section `eegbench`, with an audit.
    n_tasks : int
        Tasks of all datasets: intervals hold for all of them at once.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    findings : list of Finding
        What was found.
    """
    if settings.audit is None:
        raise ValueError("eegbench.audit is null: there is nothing to audit")
    trials, _ = read_task(paths, recordings, task, section)
    methods = named(CLASSICAL, settings.audit.methods, settings, "audit")
    # Learning curves are made of the same trials as blocks are; blocks take less time.
    splits = [s for s in section.tasks[task].splits if s not in ("few-shot", "cross-dataset")]
    split = splits[0] if splits else "blocks"
    found = audit(
        trials, split, methods, settings.splits, settings.audit.n_shuffles,
        n_tasks * len(methods), settings.audit.window, rng,
    )  # fmt: skip
    rows = [[dataset, task, split, *asdict(one).values()] for one in found]
    write_tsv(output, pd.DataFrame(rows, columns=COLUMNS))
    return found


def audit(
    trials: Trials,
    split: str,
    methods: "Sequence[Method]",
    splits: "SplitSettings",
    n_shuffles: int,
    n_tests: int,
    window: float,
    rng: np.random.Generator,
) -> list[Finding]:
    """All tests of the audit on trials.

    Parameters
    ----------
    trials : Trials
        Of a task.
    split : str
        Whose folds meet shuffled labels.
    methods : sequence of Method
        Cheap ones.
    splits : SplitSettings
        How folds are made.
    n_shuffles, n_tests : int
        As for :func:`~neuro.analyses.eegbench.audit.shuffled`.
    window : float
        As for :func:`~neuro.analyses.eegbench.audit.windows`.
    rng : numpy.random.Generator
        Random numbers.
    """
    folds = make_folds(trials, split, splits)
    found = shuffled(trials, folds, methods, n_shuffles, n_tests, rng)
    found += identity(trials, methods[:1])
    if not np.isnan(trials.onset).any():
        found += neighbors(trials, [MEMORY, *methods[:1]], rng)
    return found + windows(trials, [MEMORY, *methods[:1]], window, rng)
