"""Decoding as arrays, and as rows of the table of scores."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from neuro.io.hdf5 import Array
from neuro.preprocess.decoded import Decoded, Score
from neuro.stats.auc import CHANCE

if TYPE_CHECKING:
    from neuro.config.eeg import EEGDecoding

COLUMNS = [
    "dataset", "analysis", "method", "split", "fold", "subject", "metric", "value", "chance",
    "n_train", "n_test", "seconds", "seed", "recording",
]  # fmt: skip
"""Of the table of scores; what all analyses that predict something share, and the recording."""
METHOD = "lda"
"""Method of all channels."""
BASELINE = "roi_mean"
"""Method of the region's mean amplitude."""


def arrays_of(decoded: Mapping[str, Decoded], params: "EEGDecoding") -> dict[str, Array]:
    """All arrays of a recording, by name."""
    arrays: dict[str, Array] = {}
    for name, one in decoded.items():
        arrays |= _of_contrast(f"contrasts/{name}", one, params.statistics.confidence)
    return arrays


def _of_contrast(prefix: str, one: Decoded, confidence: float) -> dict[str, Array]:
    time, trial, pair = ("time",), ("trial",), ("train_time", "test_time")
    interval = {
        "interval": "bootstrap of trials within blocks and sides, scores fixed",
        "confidence": confidence,
    }
    null = {"null": "largest area of permutations of the labels within blocks, trained anew"}
    arrays = {
        "times": Array(one.times, time, "s", {"width": one.width}),
        "auc": Array(one.course.mean, time, "1", {"chance": CHANCE, **interval}),
        "auc_low": Array(one.course.low, time, "1", interval),
        "auc_high": Array(one.course.high, time, "1", interval),
        "auc_roi": Array(one.roi_course, time, "1", {"chance": CHANCE}),
        "p": Array(one.p, time, "1", {"corrected": "for all times"}),
        "null": Array(one.null, ("permutation",), "1", null),
        "generalization": Array(one.matrix, pair, "1", {"chance": CHANCE}),
        "generalization_null": Array(one.matrix_null, ("permutation",), "1", null),
        "scores": Array(one.scores.astype(np.float32), (*trial, *time)),
        "is_first": Array(one.labels, trial),
        "block": Array(one.folds, trial),
        "n_train": Array([len(s.train) for s in one.splits], ("fold",)),
        "gain": Array(one.gain, ("value_low_high",), "1", interval),
    }
    for key, score in (("window", one.window), ("baseline", one.baseline)):
        values = [score.value, score.low, score.high]
        arrays[key] = Array(values, ("value_low_high",), "1", {**interval, "p": score.p})
    return {f"{prefix}/{key}": array for key, array in arrays.items()}


def score_table(
    decoded: Mapping[str, Decoded],
    params: "EEGDecoding",
    dataset: str,
    recording_name: str,
    seed: int,
) -> pd.DataFrame:
    """A row per contrast, method and block, and one for all blocks together.

    Seconds stay empty: tables of the same content are the same bytes, and what a job took is in
    Snakemake's benchmarks.
    """
    rows = []
    for name, one in decoded.items():
        for method, score in ((METHOD, one.window), (BASELINE, one.baseline)):
            shared = {
                "dataset": dataset,
                "analysis": f"decoding/{name}",
                "method": method,
                "split": f"{len(one.splits)} blocks",
                "subject": recording_name.split("_")[0].removeprefix("sub-"),
                "metric": "auc",
                "chance": CHANCE,
                "seconds": np.nan,
                "seed": seed,
                "recording": recording_name,
            }
            rows += [shared | row for row in _folds(one, score, trained=method != BASELINE)]
    return pd.DataFrame(rows, columns=COLUMNS).astype({"n_train": "Int64"})


def _folds(one: Decoded, score: Score, *, trained: bool) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = [
        {
            "fold": i,
            "value": value,
            "n_train": len(part.train) if trained else 0,
            "n_test": len(part.test),
        }
        for i, (part, value) in enumerate(zip(one.splits, score.by_fold.tolist(), strict=True), 1)
    ]
    whole = {"fold": "all", "value": score.value, "n_train": None, "n_test": len(one.labels)}
    return [*rows, whole]
