"""Published splits: slow cortical potentials, and directions of a hand's movement in MEG.

Every classical method is fitted once, as its file says, on the publisher's training trials; what
has to be chosen is chosen within them. The best test accuracy of so many methods is a maximum, and
flatters: it stands beside the one of the method that inner validation would have picked.
"""

import numpy as np

from benchmarks._eegbench_data import real
from neuro.analyses.eegbench.classical.inner import inner_folds
from neuro.analyses.eegbench.classical.methods import classical_methods
from neuro.analyses.eegbench.evaluate import evaluate
from neuro.analyses.eegbench.splits import Fold, published
from neuro.analyses.eegbench.trials import Trials
from neuro.config.eegbench import SplitSettings

TASKS = {
    "scp1_accuracy": (
        "scp1",
        "polarity",
        "winner of BCI Competition II, channels as recorded: .887",
    ),
    "handmovement_accuracy": ("hands", "direction", "chance: .25"),
}


def inner(trials: Trials, fold: Fold) -> list[Fold]:
    """Folds within the training trials."""
    y = trials.y[fold.train]
    return [
        Fold(f"inner {k + 1}", "", fold.train[s.train], fold.train[s.test], fold.groups[s.train])
        for k, s in enumerate(inner_folds(y, fold.groups))
    ]


def accuracies(trials: Trials, folds: list[Fold]) -> dict[str, float]:
    """Share of right answers of every method, over the test trials of all folds."""
    right: dict[str, list[bool]] = {}
    for one in evaluate(trials, folds, list(classical_methods().values())).outcomes:
        hits = one.probability.argmax(axis=1) == trials.y[one.fold.test]
        right.setdefault(one.method.name, []).extend(hits.tolist())
    return {name: float(np.mean(hits)) for name, hits in right.items()}


def claims() -> dict[str, float]:
    """The best method's accuracy on either task."""
    found = {}
    for claim, (dataset, task, told) in TASKS.items():
        trials = real(dataset, task)
        (fold,) = published(trials, SplitSettings())
        within, test = accuracies(trials, inner(trials, fold)), accuracies(trials, [fold])
        print(f"\n{dataset}, {task}: {len(fold.train)} and {len(fold.test)} trials; {told}")
        print(f"{'method':24} {'inner':>6} {'test':>6}")
        for name in sorted(test, key=lambda name: -test[name]):
            print(f"{name:24} {within[name]:6.3f} {test[name]:6.3f}")
        picked = max(within, key=lambda name: within[name])
        print(f"{len(test)} methods tried; inner validation picks {picked}: {test[picked]:.3f}")
        found[f"eegbench.{claim}"] = max(test.values())
    return found
