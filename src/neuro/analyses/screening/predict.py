"""Prediction of the outcome from screened features, in nested cross-validation.

Everything that is learnt is learnt in the training folds: imputation, what covariates explain,
scale, the choice of features, and how many there are. The leaky variant, which chooses its features
once from all subjects, is run beside it on the same folds: what it gains is not there.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import KFold, StratifiedKFold

from neuro.stats.dependence.block import Block, Floats
from neuro.stats.dependence.methods import Options
from neuro.stats.dependence.redundancy import Criterion
from neuro.stats.dependence.selector import ScreeningSelector
from neuro.stats.logistic import newton

Variant = Literal["nested", "leaky", "covariates"]
Indices = NDArray[np.intp]
RIDGE = 10.0
"""Penalty of the linear models, on standardized features."""


@dataclass(frozen=True)
class Setting:
    """How prediction is done.

    Parameters
    ----------
    score : str
        Method of screening.
    n_features : tuple of int
        Numbers of features that inner folds choose from.
    n_splits, inner_splits, n_repeats : int
        Folds, inner folds, and times that subjects are dealt anew.
    redundancy : {None, 'mrmr', 'jmim'}
        Criterion that chooses among the best `n_candidates`.
    n_candidates : int
        Features that the criterion chooses from.
    options : Options
        What the method is told.
    """

    score: str
    n_features: tuple[int, ...]
    n_splits: int = 5
    inner_splits: int = 3
    n_repeats: int = 10
    redundancy: Criterion | None = None
    n_candidates: int = 200
    options: Options = field(default_factory=Options)


@dataclass(frozen=True)
class Predicted:
    """Predictions for subjects that the model had not seen.

    Parameters
    ----------
    outcomes : ndarray, shape (n_repeats, n_subjects)
        Predicted quantity or code of the class.
    decisions : ndarray, shape (n_repeats, n_subjects)
        For two classes: the log odds of the second; else as `outcomes`.
    n_chosen : ndarray of int, shape (n_repeats, n_folds)
        Number of features that inner folds chose.
    baseline : ndarray, shape (n_repeats, n_subjects)
        For a quantity: the mean of the training subjects.
    """

    outcomes: Floats
    decisions: Floats
    n_chosen: NDArray[np.int64]
    baseline: Floats


def predict(
    x: Floats,
    outcome: Block,
    covariates: Floats | None,
    setting: Setting,
    variant: Variant,
    rng: np.random.Generator,
) -> Predicted:
    """Predict every subject from models that have not seen it.

    Parameters
    ----------
    x : ndarray, shape (n_subjects, n_features)
        Features; NaN is missing.
    outcome : Block
        The outcome.
    covariates : ndarray, shape (n_subjects, n_covariates) | None
        What is taken out of the features; in the variant `covariates`, what predicts.
    setting : Setting
        How.
    variant : {'nested', 'leaky', 'covariates'}
        Features chosen in the training folds, from all subjects, or covariates alone.
    rng : numpy.random.Generator
        Deals the folds; the same state gives the same folds to each variant.

    Returns
    -------
    predicted : Predicted
        For all subjects.
    """
    y = outcome.codes[0].astype(np.float64) if outcome.categorical else outcome.values[0]
    shape = (setting.n_repeats, len(y))
    values, decisions, baseline = np.empty(shape), np.empty(shape), np.empty(shape)
    n_chosen = np.zeros((setting.n_repeats, setting.n_splits), np.int64)
    chosen_by_all = None
    if variant == "leaky":
        # Features are prepared each for itself: the others need not be.
        x = x[:, _leak(x, outcome, covariates, setting)]
        chosen_by_all = np.arange(x.shape[1])
    for repeat in range(setting.n_repeats):
        seed = int(rng.integers(2**31))
        for fold, (train, test) in enumerate(_folds(outcome, setting.n_splits, seed)):
            if variant == "covariates":
                if covariates is None:
                    raise ValueError("there are no covariates to predict from")
                model = _Model(outcome.categorical, Prepared(covariates, None, train))
                model.fit(y[train], np.arange(covariates.shape[1]))
            else:
                model = _nested(x, y, outcome, covariates, setting, train, seed, chosen_by_all)
                n_chosen[repeat, fold] = len(model.features)
            values[repeat, test], decisions[repeat, test] = model.predict(test)
            baseline[repeat, test] = y[train].mean()
    return Predicted(values, decisions, n_chosen, baseline)


def _leak(x: Floats, outcome: Block, covariates: Floats | None, setting: Setting) -> Indices:
    every = np.arange(len(x))
    return _ranking(Prepared(x, covariates, every), outcome, setting, every)


def _ranking(data: "Prepared", outcome: Block, setting: Setting, train: Indices) -> Indices:
    selector = ScreeningSelector(
        setting.score,
        max(setting.n_features),
        setting.redundancy,
        setting.n_candidates,
        n_neighbors=setting.options.n_neighbors,
        bins=setting.options.bins,
        outcome_kind="categorical" if outcome.categorical else "continuous",
    )
    selected: Indices = selector.fit(data.standard[train], outcome.values[0, train]).selected_
    return selected


def _nested(
    x: Floats,
    y: Floats,
    outcome: Block,
    covariates: Floats | None,
    setting: Setting,
    train: Indices,
    seed: int,
    chosen: Indices | None,
) -> "_Model":
    """Choose the number of features in inner folds, then fit with all of the training subjects."""
    numbers = sorted({min(k, x.shape[1]) for k in setting.n_features})
    losses = np.zeros(len(numbers))
    if len(numbers) > 1:
        part = Block(outcome.values[:, train], outcome.categorical)
        for inner, held_out in _folds(part, setting.inner_splits, seed):
            data = Prepared(x, covariates, train[inner])
            ranking = _ranking(data, outcome, setting, train[inner]) if chosen is None else chosen
            for i, k in enumerate(numbers):
                model = _Model(outcome.categorical, data).fit(y[train[inner]], ranking[:k])
                losses[i] += model.loss(train[held_out], y[train[held_out]])
    data = Prepared(x, covariates, train)
    ranking = _ranking(data, outcome, setting, train) if chosen is None else chosen
    k = numbers[int(np.argmin(losses))]
    return _Model(outcome.categorical, data).fit(y[train], ranking[:k])


def _folds(outcome: Block, n_splits: int, seed: int) -> Iterator[tuple[Indices, Indices]]:
    if outcome.categorical:
        codes = outcome.codes[0]
        n_splits = min(n_splits, int(np.bincount(codes).min()))
        splitter: Any = StratifiedKFold(max(n_splits, 2), shuffle=True, random_state=seed)
        yield from splitter.split(codes, codes)
    else:
        yield from KFold(n_splits, shuffle=True, random_state=seed).split(outcome.values[0])


class Prepared:
    """Features as the training subjects teach: imputed, without covariates, standardized.

    Parameters
    ----------
    x : ndarray, shape (n_subjects, n_features)
        Features; NaN is missing.
    covariates : ndarray, shape (n_subjects, n_covariates) | None
        What is taken out of them.
    train : ndarray of int
        Subjects from which all is learnt.
    """

    def __init__(self, x: Floats, covariates: Floats | None, train: Indices) -> None:
        self.train = train
        values = x
        missing = np.isnan(x)
        if missing.any():
            with np.errstate(all="ignore"):
                count = np.maximum((~missing[train]).sum(0), 1)
                middle = np.where(missing[train], 0, x[train]).sum(0) / count
            values = np.where(missing, middle, x)
        if covariates is not None:
            design = np.column_stack([np.ones(len(x)), covariates])
            weights = np.linalg.lstsq(design[train], values[train], rcond=None)[0]
            values = values - design @ weights
        mean, spread = values[train].mean(0), values[train].std(0)
        # What only rounding has left of a constant feature is no signal.
        spread[spread < 1e-10 * np.abs(x[train]).max(0, initial=0.0, where=~missing[train])] = (
            np.inf
        )
        spread[spread == 0] = np.inf
        self.standard: Floats = (values - mean) / spread


class _Model:
    """A ridge, or a logistic regression with a ridge, on some of the features."""

    def __init__(self, categorical: bool, data: Prepared) -> None:
        self._categorical, self._data = categorical, data
        self.features: Indices = np.arange(0)

    def fit(self, y: Floats, features: Indices) -> "_Model":
        self.features = features
        # Features that say the same share their weight: the penalty grows with their number.
        penalty = RIDGE * max(1.0, len(features) / 10)
        x = self._data.standard[self._data.train][:, features]
        self._model: Any
        if not self._categorical:
            self._model = Ridge(alpha=penalty)
        elif len(np.unique(y)) == 2:
            self._model = _TwoClasses(penalty)
        else:
            self._model = LogisticRegression(
                C=1 / penalty, class_weight="balanced", solver="newton-cholesky"
            )
        self._model.fit(x, y)
        return self

    def predict(self, subjects: Indices) -> tuple[Floats, Floats]:
        x = self._data.standard[subjects][:, self.features]
        values = self._model.predict(x).astype(np.float64)
        if isinstance(self._model, _TwoClasses):
            return values, self._model.decision_function(x)
        return values, values

    def loss(self, subjects: Indices, y: Floats) -> float:
        """Sum of squared errors, or of the negative log odds of what is true."""
        x = self._data.standard[subjects][:, self.features]
        if not self._categorical:
            return float(np.square(self._model.predict(x) - y).sum())
        known = np.searchsorted(self._model.classes_, y)
        odds = self._model.predict_log_proba(x)
        return -float(odds[np.arange(len(y)), known].sum())


class _TwoClasses:
    """scikit-learn's balanced logistic regression, without checks that take longer than the fit."""

    def __init__(self, penalty: float) -> None:
        self._penalty = penalty

    def fit(self, x: Floats, y: Floats) -> None:
        self.classes_ = np.unique(y)
        second = y == self.classes_[1]
        weight = len(y) / (2 * np.where(second, second.sum(), (~second).sum()))
        rows = np.column_stack([x, np.ones(len(x))])
        penalty = np.append(np.full(x.shape[1], self._penalty), 0.0)
        target = np.where(second, 1.0, -1.0)
        self._w = newton(rows, target, weight, penalty, np.zeros(rows.shape[1]))

    def decision_function(self, x: Floats) -> Floats:
        return np.asarray(x @ self._w[:-1] + self._w[-1])

    def predict(self, x: Floats) -> Floats:
        return np.asarray(self.classes_[(self.decision_function(x) > 0).astype(int)])

    def predict_log_proba(self, x: Floats) -> Floats:
        margin = self.decision_function(x)
        return -np.logaddexp(0, np.column_stack([margin, -margin]))
