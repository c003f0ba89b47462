"""From binned spikes of a dataset to states, figures, tables and the manifest."""

import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pandas as pd

from neuro.analyses.states.analysis import Result, analyse
from neuro.analyses.states.pictures import draw
from neuro.analyses.states.product import arrays_of, models_of, scores_of
from neuro.analyses.states.recorded import load
from neuro.analyses.states.texts import CITATIONS, key_numbers, paragraphs, warnings_of
from neuro.analyses.states.truth import compare, truth_numbers
from neuro.io import hdf5, manifest
from neuro.io.atomic import atomic
from neuro.io.manifest import Manifest, Table
from neuro.io.tables import write_tsv
from neuro.viz.style import style

if TYPE_CHECKING:
    from neuro.config.states import States

logger = logging.getLogger(__name__)


class Outputs(Protocol):
    """Files of a dataset.

    `states` (`.h5`), `models` and `scores` (`.tsv`), `figures` (a folder), `manifest` (`.json`).
    """

    states: Path
    models: Path
    scores: Path
    figures: Path
    manifest: Path


def run(
    recordings: Sequence[str | Path],
    outputs: Outputs,
    *,
    dataset: str,
    settings: "States",
    rng: np.random.Generator,
    seed: int = 0,
    truth: str | Path | None = None,
) -> list[Result]:
    """Find the states of each recording of a dataset.

    Parameters
    ----------
    recordings : sequence of str | Path
        What :func:`neuro.preprocess.spikes.binning.run` wrote for each recording.
    outputs : Outputs
        Where everything goes; the figures' folder lies beside or below the manifest.
    dataset : str
        Its name.
    settings : States
        What is computed.
    rng : numpy.random.Generator
        Random numbers.
    seed : int
        The configuration's seed, for the table of scores.
    truth : str | Path, optional
        `truth.h5` of simulated recordings.

    Returns
    -------
    results : list of Result
        One for each recording.

    Raises
    ------
    ValueError
        If a recording does not fit the settings; the message names it.
    """
    parts = []
    for path in recordings:
        recorded = load(path, settings)
        logger.info("%s: %d neurons of %s", dataset, recorded.whole.n_neurons, recorded.label)
        try:
            parts.append((recorded, analyse(recorded, settings, rng)))
        except ValueError as error:
            raise ValueError(f"states of {recorded.label}: {error}") from error
    arrays = {name: array for part in parts for name, array in arrays_of(*part).items()}
    hdf5.write(outputs.states, arrays, settings.model_dump(mode="json"))
    write_tsv(outputs.models, pd.concat([models_of(*part) for part in parts], ignore_index=True))
    scores = [scores_of(dataset, *part, seed) for part in parts]
    write_tsv(outputs.scores, pd.concat(scores, ignore_index=True))
    recovered = [] if truth is None else [compare(truth, *part) for part in parts]
    folder = Path(outputs.manifest).parent
    relative = Path(os.path.relpath(outputs.figures, folder)).as_posix()
    with style(), atomic(outputs.figures) as temporary:
        temporary.mkdir()
        figures = [figure for part in parts for figure in draw(*part, temporary, relative)]
    about = Manifest(
        word="states",
        dataset=dataset,
        title=f"Brain states of {dataset}",
        question="Between which states does the network of neurons switch, and what do they "
        "follow?",
        key_numbers=[*key_numbers(parts), *truth_numbers(parts, recovered)],
        figures=figures,
        tables=_tables(outputs, folder),
        methods=paragraphs(parts, settings),
        citations=CITATIONS,
        warnings=warnings_of(parts),
        params=settings.model_dump(mode="json"),
    )
    manifest.write(outputs.manifest, about)
    return [result for _, result in parts]


def _tables(outputs: Outputs, folder: Path) -> list[Table]:
    return [
        Table(
            path=Path(os.path.relpath(outputs.models, folder)).as_posix(),
            title="Models",
            caption="A row per number of states, prior and baseline: gain over constant rates on "
            "unseen blocks (bits per spike) with its 95 % interval over folds, and the Bayesian "
            "information criterion (mean over the folds' training data; less is better).",
        ),
        Table(
            path=Path(os.path.relpath(outputs.scores, folder)).as_posix(),
            title="Scores",
            caption="A row per fold: bits per spike of every model, and errors of every decoder "
            "with what chance gives.",
        ),
    ]
