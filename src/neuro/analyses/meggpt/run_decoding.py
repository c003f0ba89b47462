"""One task of a dataset: trials told apart from hidden states, and from the signals beside them."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from neuro.analyses.meggpt import folds
from neuro.analyses.meggpt.decoding import decode, summarise
from neuro.analyses.meggpt.features import Settings
from neuro.analyses.meggpt.folds import Fold
from neuro.analyses.meggpt.trials import Task, from_events, from_trials
from neuro.io.bids import Recording
from neuro.io.progress import Progress
from neuro.io.tables import write_tsv

if TYPE_CHECKING:
    from neuro.config.eegbench import Task as TaskSection
    from neuro.config.meggpt import MEGGPT

logger = logging.getLogger(__name__)

SIZES = ("width", "n_layers", "n_heads", "hidden", "n_steps", "tuning_steps")


def run(
    paths: Sequence[str | Path],
    events: Sequence[Sequence[str | Path]],
    recordings: Sequence[Mapping[str, str]],
    output: str | Path,
    *,
    task: str,
    section: "TaskSection",
    span: tuple[float, float],
    settings: "MEGGPT",
    rng: np.random.Generator,
    seed: int,
) -> pd.DataFrame:
    """Train and test every method on every fold of every split.

    Parameters
    ----------
    paths : sequence of str | Path
        Parcels, continuous recordings or trials.
    events : sequence of (str | Path, str | Path)
        Epochs and continuous sensors of each recording; none for trials.
    recordings : sequence of mapping
        Fields of each :class:`~neuro.io.bids.Recording`.
    output : str | Path
        The table, `.tsv`.
    task : str
        Its name.
    section : Task
        Classes and splits.
    span : tuple of float
        Begin and end of a window after the event, s.
    settings : MEGGPT
        The section `meggpt`.
    rng : numpy.random.Generator
        Random numbers of intervals.
    seed : int
        Of all that models draw.

    Returns
    -------
    table : DataFrame
        A row per split and method.

    Raises
    ------
    ValueError
        If the trials do not allow for a split.
    """
    who = [Recording(**fields) for fields in recordings]
    if events:
        epochs, raws = zip(*events, strict=True)
        trials = from_events(paths, epochs, raws, who, section.classes, span)
    else:
        trials = from_trials(paths, who, section.classes, span)
    how = settings.decoding
    tests = make_folds(trials, section.splits, how.n_blocks, how.gap)
    sizes = Settings(
        length=trials.length,
        step=settings.tokens.step,
        **{key: getattr(how, key) for key in SIZES},
    )
    outcomes = []
    progress = Progress(logger, f"{task}: fold", len(tests))
    for done, fold in enumerate(tests, start=1):
        outcomes += decode(trials.recordings, fold, trials.sfreq, sizes, how.methods, seed)
        progress.at(done, fold.name)
    table = summarise(outcomes, rng, settings.confidence).drop(columns="seconds")
    table.insert(0, "task", task)
    write_tsv(output, table)
    return table


def make_folds(trials: Task, splits: Sequence[str], n_blocks: int, gap: float) -> list[Fold]:
    """Folds of the splits that are known here; blocks where there is none of them.

    Parameters
    ----------
    trials : Task
        Trials of all recordings.
    splits : sequence of str
        As a task of the configuration names them.
    n_blocks : int
        Blocks of time.
    gap : float
        Time around a tested block, s.

    Returns
    -------
    folds : list of Fold
        One after the other.
    """
    recordings, length = trials.recordings, trials.length
    makers = {
        "published": lambda: folds.published(recordings, length),
        "blocks": lambda: folds.new_block(recordings, length, n_blocks, round(gap * trials.sfreq)),
        "leave-one-subject-out": lambda: folds.new_subject(recordings, length),
    }
    known = [name for name in splits if name in makers] or ["blocks"]
    return [fold for name in known for fold in makers[name]()]
