"""Shuffled labels: what is then told apart is a leak.

Two tests. Every method on every task, labels shuffled once: intervals of the accuracy balanced
over classes, which hold for all of them at once (Bonferroni), cover chance. And the cheap methods,
20 shuffles in many folds: the mean is within .02 of chance. Of 128 channels 32 are kept.
"""

from dataclasses import replace

import numpy as np
from scipy.stats import beta

from benchmarks._eegbench_data import real, thin
from neuro.analyses.eegbench.classical.methods import classical_methods
from neuro.analyses.eegbench.evaluate import evaluate
from neuro.analyses.eegbench.method import Method
from neuro.analyses.eegbench.splits import Fold, blocks, within_class
from neuro.analyses.eegbench.trials import Ints, Trials
from neuro.config.eegbench import SplitSettings

TASKS = {
    "face-house": "faces",
    "upright-inverted": "faces",
    "polarity": "scp1",
    "direction": "hands",
}
CHEAP = ("windows-lda", "xdawn-lda", "components-lda", "psd-lda")
N_SHUFFLES, N_FOLDS = 20, 10


def folds_of(trials: Trials, task: str) -> list[Fold]:
    """Blocks of time within subjects; ten parts of each class where the order is not of time."""
    if TASKS[task] == "faces":
        return blocks(trials, SplitSettings())
    every = np.arange(len(trials), dtype=np.intp)
    part = within_class(trials, every, N_FOLDS)
    return [
        Fold(str(name), "", every[part != name], every[part == name], part[part != name])
        for name in np.unique(part)
    ]


def shuffle(trials: Trials, folds: list[Fold], rng: np.random.Generator) -> Trials:
    """Permute labels within what is tested at once, so that every fold keeps its shares."""
    y = trials.y.copy()
    for fold in folds:
        y[fold.test] = rng.permutation(y[fold.test])
    return replace(trials, y=y)


def recalls(trials: Trials, folds: list[Fold], methods: list[Method]) -> dict[str, Ints]:
    """Right answers and trials of each class, shape (2, n_classes), by method."""
    n_classes = len(trials.classes)
    outcomes = evaluate(trials, folds, methods).outcomes
    found = {one.method.name: np.zeros((2, n_classes), dtype=np.intp) for one in outcomes}
    for one in outcomes:
        truth = trials.y[one.fold.test]
        right = one.probability.argmax(axis=1) == truth
        found[one.method.name] += np.array(
            [
                np.bincount(truth[right], minlength=n_classes),
                np.bincount(truth, minlength=n_classes),
            ]
        )
    return found


def interval(right: Ints, n: Ints, level: float) -> tuple[float, float]:
    """Bounds of the mean over classes of shares: each class's are exact, and hold together."""
    tail = (1 - level) / 2 / len(n)
    low = np.where(right > 0, beta.ppf(tail, right, n - right + 1), 0.0)
    high = np.where(right < n, beta.ppf(1 - tail, right + 1, n - right), 1.0)
    return float(low.mean()), float(high.mean())


def claims() -> dict[str, float]:
    """Whether both tests are passed."""
    methods = list(classical_methods().values())
    cheap = [method for method in methods if method.name in CHEAP]
    level, fine = 1 - 0.05 / (len(methods) * len(TASKS)), True
    for task, dataset in TASKS.items():
        rng = np.random.default_rng([7, len(task)])
        trials = thin(real(dataset, task))
        folds, chance = folds_of(trials, task), 1 / len(trials.classes)
        print(f"\n{task}: {len(trials)} trials, {len(folds)} folds, chance {chance:.3f}")
        for name, (right, n) in recalls(shuffle(trials, folds, rng), folds, methods).items():
            low, high = interval(right, n, level)
            covers = low <= chance <= high
            fine &= covers
            told = f"{(right / n).mean():.3f} [{low:.3f}, {high:.3f}]"
            print(f"{name:24} {told} {'' if covers else 'NO'}", flush=True)
        drawn: dict[str, list[float]] = {}
        for _ in range(N_SHUFFLES):
            for name, (right, n) in recalls(shuffle(trials, folds, rng), folds, cheap).items():
                drawn.setdefault(name, []).append(float((right / n).mean()))
        for name, values in drawn.items():
            mean, error = np.mean(values), np.std(values, ddof=1) / np.sqrt(N_SHUFFLES)
            near = bool(abs(mean - chance) <= 0.02)
            fine &= near
            told = f"{mean:.4f} (s.e. {error:.4f}) {'' if near else 'NO'}"
            print(f"{name:24} mean of {N_SHUFFLES} shuffles {told}", flush=True)
    return {"eegbench.shuffled_at_chance": float(fine)}
