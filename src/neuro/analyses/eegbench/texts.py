"""Key numbers, methods, citations and warnings of a dataset's benchmark."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from neuro.analyses.eegbench.audit import TOLERANCE
from neuro.analyses.eegbench.collect import Board
from neuro.io.manifest import Citation, KeyNumber
from neuro.io.trials import UNKNOWN

if TYPE_CHECKING:
    from neuro.config.eegbench import DatasetTasks, EEGBench

CITATIONS = [
    Citation(
        text="Wang, Y., Kang, J., Chen, X., Zhang, Y. & Zhang, X. (2026). Benchmarking ERP "
        "analysis: manual features, deep learning, and foundation models. arXiv 2601.00573.",
        url="https://arxiv.org/abs/2601.00573",
    ),
    Citation(
        text="EEG foundation models: benchmark of foundation and specialist models (2026). "
        "arXiv 2601.17883.",
        url="https://arxiv.org/abs/2601.17883",
    ),
    Citation(
        text="Varoquaux, G. et al. (2017). Assessing and tuning brain decoders: cross-validation, "
        "caveats, and guidelines. NeuroImage 145, 166-179.",
        url="https://doi.org/10.1016/j.neuroimage.2016.10.038",
    ),
]

SPLITS = {
    "published": "the publisher's training and test trials",
    "blocks": "{n_blocks} contiguous blocks of time of each subject, each tested on the others of "
    "that subject, with {gap:g} s (or {gap_trials} trials) left out around it",
    "leave-one-subject-out": "each subject tested on all others",
    "subjects": "a fifth of the subjects tested on the others, for the seeds {subject_seeds}",
    "few-shot": "the first {shares} of each class of a subject, tested on what comes later after a "
    "gap of {gap:g} s (or {gap_trials} trials)",
    "cross-dataset": "all trials, on those of another dataset",
}


def key_numbers(
    boards: Sequence[Board], audit: pd.DataFrame, settings: "EEGBench"
) -> list[KeyNumber]:
    """The best method of each task and split, and what the audit found."""
    numbers = []
    for board in boards:
        best = board.ranked()[0]
        n_classes = len(board.labels.classes)
        tested = np.unique(np.concatenate([fold.test for fold in board.folds]))
        subjects = len(set(board.labels.subject[tested].tolist()) - {UNKNOWN})
        whose = f" of {subjects} subject{'s' if subjects > 1 else ''}" if subjects else ""
        n = f"{len(tested)} trials{whose}"
        for metric, name, chance in (
            ("balanced_accuracy", "balanced accuracy", 1 / n_classes),
            ("auroc", "area under the ROC curve", 0.5),
        ):
            made = board.found[best][metric]
            numbers.append(
                KeyNumber(
                    name=f"{board.name}: best {name}", value=made.value,
                    interval=(made.low, made.high), confidence=settings.confidence, chance=chance,
                    n=n, note=f"{best}, the best of {len(board.found)}; resampled: "
                    f"{board.units.kind}",
                )
            )  # fmt: skip
    shuffled = audit[audit["test"] == "shuffled"] if len(audit) else audit
    if len(shuffled):
        numbers.append(
            KeyNumber(
                name="shuffled labels at chance",
                value=int((shuffled["verdict"] == "passed").sum()),
                n=f"{len(shuffled)} tests",
            )
        )  # fmt: skip
    return numbers


def methods(boards: Sequence[Board], settings: "EEGBench", section: "DatasetTasks") -> list[str]:
    """Paragraphs from the actual parameters."""
    how = settings.splits
    values = how.model_dump() | {
        "shares": ", ".join(f"{share:.0%}" for share in how.few_shot),
        "subject_seeds": ", ".join(map(str, how.subject_seeds)),
    }
    used = dict.fromkeys(board.split for board in boards)
    splits = "; ".join(f"{name}: {SPLITS[name].format(**values)}" for name in used)
    texts = [
        f"Splits, by subject or block and never by single trial: {splits}. Whatever is tuned or "
        "stopped early is so on whole groups of training trials: subjects, blocks, or parts of "
        "each class in order. The test is met once.",
        f"Alignment: {', '.join(settings.alignment)}. Normalization: "
        f"{', '.join(settings.normalization)}. Class weights: "
        f"{', '.join(settings.class_weights)}. Seeds: {', '.join(map(str, settings.seeds))}. "
        f"{_tuning(settings)} Probabilities of all methods are kept, and scores follow from them.",
        f"Intervals: {settings.n_bootstraps} bootstrap samples, {settings.confidence:.0%}, "
        "percentiles; subjects are drawn where there are five or more, else blocks of time, else "
        "trials within class and subject. Methods meet the same samples, which gives paired "
        "two-sided p of all pairs, corrected after Holm within a task and split.",
    ]
    if settings.audit is not None:
        texts.append(
            f"Audit with {', '.join(settings.audit.methods)}: labels shuffled "
            f"{settings.audit.n_shuffles} times within subjects, with intervals that hold for all "
            f"methods and tasks at once (Bonferroni) and a tolerance of {TOLERANCE:g}; subjects or "
            "parts of the recording told apart; single trials, and overlapping windows of trials, "
            "dealt into folds at random beside splits that keep them together."
        )
    texts += [f"Published, {task}: {text}." for task, text in section.published.items()]
    return texts


def _tuning(settings: "EEGBench") -> str:
    n_trials = settings.tuning.n_trials
    if not n_trials:
        return "No method is tuned beyond what it chooses itself."
    return (
        f"Of each method that has something to tune, {n_trials} settings are tried on groups held "
        "out of the training trials of each fold, by cross-entropy with classes counting alike."
    )


def warnings_of(
    boards: Sequence[Board],
    refused: Mapping[str, str],
    audit: pd.DataFrame,
    notes: Sequence[str],
) -> list[str]:
    """What a reader should know."""
    told = list(notes)
    for board in boards:
        n = len(np.unique(board.labels.subject))
        if board.split == "leave-one-subject-out" and n < 5:
            told.append(
                f"{board.name}: {n} subjects. The interval is of trials: it says nothing of how "
                "another subject would do."
            )
    told += [f"{where} was not used: {why}" for where, why in refused.items()]
    for _, row in audit.iterrows() if len(audit) else ():
        if row["verdict"] == "failed":
            told.append(
                f"Audit of {row['task']}, {row['test']}, {row['method']}: {row['value']:.3f} where "
                f"{row['chance']:.3f} is chance. {row['detail']}."
            )
    for board in boards:
        named = board.scores.dropna(subset=["note"]).drop_duplicates("entry")
        told += [
            f"{entry}: {note}."
            for entry, note in zip(named["entry"], named["note"], strict=True)
            if note
        ]
    return list(dict.fromkeys(told))
