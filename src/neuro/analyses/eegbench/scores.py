"""Scores of predicted probabilities, and the long table of them."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from sklearn.metrics import (
    average_precision_score,
    balanced_accuracy_score,
    cohen_kappa_score,
    f1_score,
    roc_auc_score,
)

from neuro.analyses.eegbench.evaluate import Outcome
from neuro.analyses.eegbench.trials import Floats, Ints, Trials

METRICS = {
    "balanced_accuracy": "balanced accuracy",
    "auroc": "area under the ROC curve",
    "accuracy": "accuracy",
    "auprc": "average precision",
    "macro_f1": "F1, mean over classes",
    "kappa": "Cohen's kappa",
    "brier": "Brier score",
    "ece": "expected calibration error",
}
LOWER_IS_BETTER = ("brier", "ece")
N_BINS = 10
"""Bins of the calibration error."""

COLUMNS = (
    "dataset", "analysis", "task", "method", "family", "note", "alignment", "normalization",
    "class_weights", "split", "fold", "subject", "metric", "value", "chance", "n_train", "n_test",
    "seconds", "seed", "n_parameters", "flops_per_trial",
)  # fmt: skip


def score(y: Ints, probability: Floats) -> dict[str, float]:
    """Score probabilities.

    Parameters
    ----------
    y : ndarray of int, shape (n_trials,)
        Classes, all of which occur.
    probability : ndarray, shape (n_trials, n_classes)
        Of each class.

    Returns
    -------
    scores : dict of str to float
        By name in :data:`METRICS`. Areas of more than two classes are means of each class against
        the others; the Brier score sums over classes.
    """
    said = probability.argmax(axis=1)
    truth = np.eye(probability.shape[1])[y]
    binary = probability.shape[1] == 2
    ranked = (y, probability[:, 1]) if binary else (truth, probability)
    return {
        "balanced_accuracy": float(balanced_accuracy_score(y, said)),
        "auroc": float(roc_auc_score(*ranked, average="macro")),
        "accuracy": float(np.mean(said == y)),
        "auprc": float(average_precision_score(truth, probability, average="macro")),
        "macro_f1": float(f1_score(y, said, average="macro", zero_division=0)),
        "kappa": float(cohen_kappa_score(y, said)),
        "brier": float(((probability - truth) ** 2).sum(axis=1).mean()),
        "ece": calibration_error(y, probability),
    }


def calibration_error(y: Ints, probability: Floats) -> float:
    """Mean distance between how sure the predicted class is and how often it is right.

    Notes
    -----
    Equal-width bins, after Guo et al. (2017), ICML.
    """
    sure = probability.max(axis=1)
    right = probability.argmax(axis=1) == y
    bins = np.minimum((sure * N_BINS).astype(int), N_BINS - 1)
    gaps = [
        abs(right[bins == k].mean() - sure[bins == k].mean()) * (bins == k).mean()
        for k in np.unique(bins)
    ]
    return float(np.sum(gaps))


def chance(y: Ints, n_classes: int) -> dict[str, float]:
    """What each score is worth without knowledge of the trials; where it has one value."""
    shares = np.bincount(y, minlength=n_classes) / len(y)
    return {
        "balanced_accuracy": 1 / n_classes,
        "auroc": 0.5,
        "accuracy": float(shares.max()),
        "auprc": 1 / n_classes,
        "kappa": 0.0,
        "brier": float(1 - (shares**2).sum()),
    }


def score_table(
    trials: Trials, outcomes: Sequence[Outcome], dataset: str, task: str, split: str
) -> pd.DataFrame:
    """Score every outcome.

    Parameters
    ----------
    trials : Trials
        Of the task.
    outcomes : sequence of Outcome
        Of one split.
    dataset, task, split : str
        Names.

    Returns
    -------
    table : DataFrame
        A row per outcome and metric; :data:`COLUMNS`.
    """
    rows = []
    for one in outcomes:
        y = trials.y[one.fold.test]
        guessed = chance(y, len(trials.classes))
        for metric, value in score(y, one.probability).items():
            rows.append(
                (
                    dataset, "eegbench", task, one.method.name, one.method.family, one.method.note,
                    one.variant.alignment, one.variant.normalization, one.variant.class_weights,
                    split, one.fold.name,
                    one.fold.subject, metric, value, guessed.get(metric), len(one.fold.train),
                    len(one.fold.test), round(one.seconds, 4), one.variant.seed,
                    one.cost.get("n_parameters", one.method.n_parameters),
                    one.cost.get("flops_per_trial"),
                )
            )  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS))


def subject_auroc(subject: Sequence[str], y: Ints, probability: Floats) -> float:
    """Area under the ROC curve of subjects, from the mean probability of their trials.

    Parameters
    ----------
    subject : sequence of str, shape (n_trials,)
        Whose trial it is.
    y : ndarray of int, shape (n_trials,)
        Two classes; one per subject.
    probability : ndarray, shape (n_trials, 2)
        Of each class.

    Returns
    -------
    area : float
        NaN where subjects are not of two classes, or a subject has trials of both.
    """
    names = np.asarray(subject)
    labels, means = [], []
    for name in np.unique(names):
        own = names == name
        if len(np.unique(y[own])) > 1:
            return float("nan")
        labels.append(int(y[own][0]))
        means.append(probability[own, 1].mean())
    return float(roc_auc_score(labels, means)) if len(set(labels)) == 2 else float("nan")
