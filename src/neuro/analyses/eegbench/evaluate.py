"""The harness: every method on the same folds of the same trials, each as if it were alone."""

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuro.analyses.eegbench.alignment import DEPENDS_ON_FOLD, align
from neuro.analyses.eegbench.method import Method, NotApplicableError, Setting
from neuro.analyses.eegbench.normalization import normalize
from neuro.analyses.eegbench.splits import Fold
from neuro.analyses.eegbench.trials import Floats, Ints, Strings, Trials
from neuro.analyses.eegbench.tuning import make
from neuro.io.progress import follow

logger = logging.getLogger(__name__)

Prepared = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Variant:
    """What is done to trials before methods see them, and the seed of the methods.

    Parameters
    ----------
    alignment, normalization, class_weights : str
        As in the configuration.
    seed : int
        Of the methods.
    """

    alignment: str = "none"
    normalization: str = "none"
    class_weights: str = "balanced"
    seed: int = 0


@dataclass(frozen=True)
class Outcome:
    """What a method said of the test trials of a fold.

    Parameters
    ----------
    method : Method
        Which.
    variant : Variant
        On which data.
    fold : Fold
        Of which split.
    probability : ndarray, shape (n_test, n_classes)
        Of each class.
    seconds : float
        CPU time of its preparation (its share of the folds), fit and prediction, s.
    cost : mapping of str to float
        What the classifier tells: `n_parameters`, `flops_per_trial`, `epochs`.
    """

    method: Method
    variant: Variant
    fold: Fold
    probability: Floats
    seconds: float
    cost: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Evaluation:
    """All outcomes of some methods.

    Parameters
    ----------
    outcomes : list of Outcome
        By variant, fold and method.
    refused : mapping of str to str
        Why a method could not be used, by name.
    """

    outcomes: list[Outcome]
    refused: dict[str, str]


def evaluate(
    trials: Trials,
    folds: Sequence[Fold],
    methods: Sequence[Method],
    variants: Sequence[Variant] = (Variant(),),
    device: str = "cpu",
    n_tuning: int = 0,
) -> Evaluation:
    """Train and test methods.

    Parameters
    ----------
    trials : Trials
        Of a task.
    folds : sequence of Fold
        Of a split.
    methods : sequence of Method
        Which. What one of them says does not depend on the others.
    variants : sequence of Variant
        Alignment, normalization and seed.
    device : str
        Where torch computes.
    n_tuning : int
        Settings of each method that are tried within the training trials; 0 for its own alone.

    Returns
    -------
    evaluation : Evaluation
        A method that cannot be used is left out of it, with the reason.
    """
    done = Evaluation([], {})
    for variant, seen, some in views(trials, folds, variants):
        _variant(seen, some, methods, setting_of(seen, variant, device), variant, n_tuning, done)
    refused = set(done.refused)
    kept = [outcome for outcome in done.outcomes if outcome.method.name not in refused]
    return Evaluation(kept, done.refused)


def views(
    trials: Trials, folds: Sequence[Fold], variants: Sequence[Variant]
) -> Iterator[tuple[Variant, Trials, Sequence[Fold]]]:
    """Give trials as methods see them.

    Parameters
    ----------
    trials, folds, variants
        As for :func:`evaluate`.

    Yields
    ------
    variant, seen, folds : Variant, Trials, sequence of Fold
        Aligned and normalized trials, with the folds for which they are so.
    """
    for variant in variants:
        if DEPENDS_ON_FOLD[variant.alignment]:
            for fold in folds:
                aligned = align(trials, variant.alignment, fold)
                yield variant, normalize(aligned, variant.normalization), [fold]
        else:
            yield variant, normalize(trials, variant.normalization), folds


def setting_of(trials: Trials, variant: Variant, device: str) -> Setting:
    """What methods know of trials before they see them."""
    return Setting(
        trials.sensors,
        trials.data.shape[2],
        len(trials.classes),
        variant.seed,
        device,
        variant.class_weights == "balanced",
    )


def _variant(
    trials: Trials,
    folds: Sequence[Fold],
    methods: Sequence[Method],
    setting: Setting,
    variant: Variant,
    n_tuning: int,
    done: Evaluation,
) -> None:
    """All folds on data that do not depend on the fold."""
    prepared: dict[int, tuple[Prepared, float]] = {0: (trials.data, 0.0)}
    for method in methods:
        _prepare(method, trials, setting, prepared, done)
    for fold in follow(folds, logger, f"{len(methods)} methods: fold"):
        y = trials.y[fold.train]
        # Methods that share an array get the same slices of it, and may share work on them.
        slices = {
            key: (array[fold.train], _by_subject(array, fold.test, trials.subject))
            for key, (array, _) in prepared.items()
        }
        for method in methods:
            if method.name in done.refused:
                continue
            key = _key(method)
            train, tests = slices[key]
            began = time.process_time()
            try:
                classifier = make(method, setting, n_tuning).fit(train, y, fold.groups)
                said = _predict(classifier, tests, fold.test, len(trials.classes))
            except NotApplicableError as error:
                done.refused[method.name] = str(error)
                continue
            seconds = time.process_time() - began + prepared[key][1] / len(folds)
            cost = getattr(classifier, "cost_", {})
            done.outcomes.append(Outcome(method, variant, fold, said, seconds, dict(cost)))


def _key(method: Method) -> int:
    return 0 if method.prepare is None else id(method.prepare)


def _prepare(
    method: Method,
    trials: Trials,
    setting: Setting,
    prepared: dict[int, tuple[Prepared, float]],
    done: Evaluation,
) -> None:
    """Prepare all trials, unless another method has done the same."""
    if method.prepare is None or _key(method) in prepared or method.name in done.refused:
        return
    began = time.process_time()
    try:
        array = method.prepare(trials, setting)
    except NotApplicableError as error:
        done.refused[method.name] = str(error)
        return
    if len(array) != len(trials):
        raise ValueError(f"{method.name}: {len(trials)} trials became {len(array)}")
    prepared[_key(method)] = array, time.process_time() - began


def _by_subject(array: Prepared, test: Ints, subject: Strings) -> list[tuple[Ints, Prepared]]:
    """Tested trials of each subject: a method may look at all of one subject's."""
    found = []
    for name in np.unique(subject[test]):
        own = np.flatnonzero(subject[test] == name)
        found.append((own, array[test[own]]))
    return found


def _predict(
    classifier: Any, tests: list[tuple[Ints, Prepared]], test: Ints, n_classes: int
) -> Floats:
    said = np.full((len(test), n_classes), np.nan)
    for own, data in tests:
        said[own] = classifier.predict_proba(data)
    if not np.isfinite(said).all() or np.abs(said.sum(axis=1) - 1).max() > 1e-3:
        raise ValueError(
            f"{type(classifier).__name__}: probabilities must be finite and sum to 1 for each "
            f"trial; {int((~np.isfinite(said).all(axis=1)).sum())} of {len(test)} are not finite"
        )
    return said
