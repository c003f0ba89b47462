"""One job: an encoder pretrained without labels on the training trials of each fold of a split."""

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pandas as pd

from neuro.analyses.eegbench.evaluate import Variant, setting_of, views
from neuro.analyses.eegbench.method import NotApplicableError
from neuro.analyses.eegbench.networks.methods import pretraining_encoder
from neuro.analyses.eegbench.networks.pretrained import write_pretrained
from neuro.analyses.eegbench.registry import network_settings
from neuro.analyses.eegbench.run import Source, device_of, read_both, variants_of
from neuro.analyses.eegbench.splits import make_folds
from neuro.io.atomic import atomic
from neuro.io.tables import write_tsv

if TYPE_CHECKING:
    from neuro.config.eegbench import DatasetTasks, EEGBench

logger = logging.getLogger(__name__)

COLUMNS = [
    "alignment",
    "normalization",
    "seed",
    "fold",
    "n_trials",
    "epochs",
    "first_loss",
    "last_loss",
    "loss_of_zero",
    "seconds",
    "weights",
]


def unlabelled(variants: Sequence[Variant]) -> list[Variant]:
    """Variants that differ in more than class weights: there are no labels to weigh."""
    return list(dict.fromkeys(replace(one, class_weights="balanced") for one in variants))


class Outputs(Protocol):
    """Files of a job: `weights` (a folder) and `table` (`.tsv`)."""

    weights: Path
    table: Path


def run(
    paths: Sequence[str | Path],
    recordings: Sequence[Mapping[str, str]],
    outputs: Outputs,
    *,
    dataset: str,
    task: str,
    split: str,
    section: "DatasetTasks",
    settings: "EEGBench",
    source: Source | None = None,
) -> pd.DataFrame:
    """Pretrain on the training trials of each fold, and on nothing else.

    Parameters
    ----------
    paths : sequence of str | Path
        Epochs (`.fif`) or trials (`.h5`) of each recording.
    recordings : sequence of mapping
        Fields of each :class:`~neuro.io.bids.Recording`.
    outputs : Outputs
        Where weights go, and a row for each fold.
    dataset, task, split : str
        Names.
    section : DatasetTasks
        `datasets.<name>.eegbench`.
    settings : EEGBench
        The section `eegbench`.
    source : Source | None
        What is trained on, where that is another dataset.

    Returns
    -------
    table : DataFrame
        Mean squared errors of hidden patches, and what they must beat; empty if the encoder cannot
        be used on these trials.
    """
    trials = read_both(paths, recordings, task, section, dataset, source)
    folds = make_folds(trials, split, settings.splits)
    chosen = pretraining_encoder(network_settings(settings))
    rows: list[tuple[Any, ...]] = []
    with atomic(outputs.weights) as folder:
        folder.mkdir()
        for variant, seen, some in views(trials, folds, unlabelled(variants_of(settings))):
            setting = setting_of(seen, variant, device_of(settings))
            try:
                ready = chosen.plan(setting).apply(seen.data)
            except NotApplicableError as error:
                logger.warning("%s", error)
                continue
            for fold in some:
                logger.info("%s: pretraining on %d trials", fold.name, len(fold.train))
                began = time.process_time()
                where, found = write_pretrained(folder, chosen, setting, ready[fold.train])
                rows.append(
                    (
                        variant.alignment, variant.normalization, variant.seed, fold.name,
                        len(fold.train), len(found.losses), found.losses[0], found.losses[-1],
                        found.floor, round(time.process_time() - began, 4), where.name,
                    )
                )  # fmt: skip
    table = pd.DataFrame(rows, columns=COLUMNS)
    write_tsv(outputs.table, table)
    return table
