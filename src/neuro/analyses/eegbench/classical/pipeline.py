"""A pipeline of steps as a classifier of the benchmark."""

import inspect
from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, clone
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import ParameterGrid
from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags

from neuro.analyses.eegbench.classical.equivalents import faster
from neuro.analyses.eegbench.classical.inner import Calibration, decisions_of, inner_folds, left_out
from neuro.analyses.eegbench.classical.shared import remember
from neuro.analyses.eegbench.trials import Ints, Strings
from neuro.stats.splits import Split

Floats = NDArray[np.float64]
Grid = Mapping[str, Sequence[Any]]


class PipelineClassifier:
    """Steps of a pipeline, fitted in turn; parameters of a grid are chosen on held-out groups.

    Parameters
    ----------
    pipeline : Pipeline
        Unfitted; its last step is a classifier.
    n_classes : int
        Classes of the task.
    grid : mapping of str to sequence, or None
        Values to choose from, by `step__parameter`, by balanced accuracy.
    """

    def __init__(self, pipeline: Pipeline, n_classes: int, grid: Grid | None = None) -> None:
        self.pipeline = pipeline
        self.n_classes = n_classes
        self.grid = grid

    def fit(self, X: NDArray[np.floating[Any]], y: Ints, groups: Strings) -> Self:
        """Learn from training trials.

        Raises
        ------
        ValueError
            If they are all of one class.
        """
        self._classes = np.unique(y)
        if len(self._classes) < 2:
            raise ValueError(
                f"A classifier needs training trials of at least 2 classes, got {len(y)} trials "
                f"of {len(self._classes)}: class {', '.join(map(str, self._classes))}"
            )
        data = _wide(X)
        pipeline = self._chosen(data, y, groups) if self.grid else self.pipeline
        self._steps = _fit(pipeline, data, y, groups)
        self._calibration = None
        if not hasattr(self._steps[-1], "predict_proba"):
            self._calibration = _calibrate(pipeline, data, y, groups, self._classes)
        return self

    def predict_proba(self, X: NDArray[np.floating[Any]]) -> Floats:
        """Give the probability of each class, shape (n_trials, n_classes)."""
        data = _transformed(self._steps, _wide(X))
        if self._calibration is not None:
            values = self._calibration(decisions_of(self._steps[-1], data))
        else:
            values = np.asarray(self._steps[-1].predict_proba(data), dtype=np.float64)
        found = np.zeros((len(X), self.n_classes))
        found[:, self._classes] = values
        return found

    def _chosen(self, X: Floats, y: Ints, groups: Strings) -> Pipeline:
        """Pipeline with the parameters that predict held-out groups best."""
        folds = inner_folds(y, groups)
        candidates = [
            clone(self.pipeline).set_params(**values)
            for values in ParameterGrid(dict(self.grid or {}))
        ]
        means = [
            np.mean([_score(pipeline, X, y, groups, fold) for fold in folds])
            for pipeline in candidates
        ]
        return candidates[int(np.argmax(means))]


def _wide(X: NDArray[np.floating[Any]]) -> Floats:
    """Trials in double precision; the same array for every method that is given the same."""
    if X.dtype == np.float64:
        return np.asarray(X, dtype=np.float64)
    return remember(("double",), (X,), lambda: X.astype(np.float64))


def _fit(pipeline: Pipeline, X: Floats, y: Ints, groups: Strings) -> list[Any]:
    """Fitted copies of the steps."""
    steps = [faster(clone(step)) for _, step in pipeline.steps]
    for step in steps[:-1]:
        known = _groups(step, groups)
        X = step.fit_transform(X, y, **known) if known else step.fit(X, y).transform(X)
    steps[-1].fit(X, y, **_groups(steps[-1], groups))
    return steps


def _groups(step: BaseEstimator, groups: Strings) -> dict[str, Strings]:
    """Groups, for a step that asks for them."""
    return {"groups": groups} if "groups" in inspect.signature(step.fit).parameters else {}


def _transformed(steps: Sequence[Any], X: Floats) -> Any:
    for step in steps[:-1]:
        X = step.transform(X)
    return X


def _score(pipeline: Pipeline, X: Floats, y: Ints, groups: Strings, fold: Split) -> float:
    steps = _fit(pipeline, X[fold.train], y[fold.train], groups[fold.train])
    predicted = steps[-1].predict(_transformed(steps, X[fold.test]))
    return float(balanced_accuracy_score(y[fold.test], predicted))


def _calibrate(
    pipeline: Pipeline, X: Floats, y: Ints, groups: Strings, classes: Ints
) -> Calibration:
    def decide(fold: Split) -> Floats:
        steps = _fit(pipeline, X[fold.train], y[fold.train], groups[fold.train])
        return decisions_of(steps[-1], _transformed(steps, X[fold.test]))

    decisions, index = left_out(y, groups, decide)
    return Calibration(decisions, np.searchsorted(classes, y[index]), len(classes))


def split_steps(pipeline: Pipeline, chosen: Sequence[str]) -> tuple[list[BaseEstimator], Pipeline]:
    """Separate what looks at each trial by itself from what learns.

    Parameters
    ----------
    pipeline : Pipeline
        Unfitted.
    chosen : sequence of str
        Parameters that may be chosen, `step__parameter`; such a step is not separated.

    Returns
    -------
    before : list of estimator
        Leading steps that learn nothing: done once for all folds.
    after : Pipeline
        The others.
    """
    searched = {name.split("__")[0] for name in chosen}
    before: list[BaseEstimator] = []
    for name, step in pipeline.steps[:-1]:
        quick = faster(step)
        if name in searched or get_tags(quick).requires_fit:
            break
        before.append(quick)
    return before, Pipeline(pipeline.steps[len(before) :])
