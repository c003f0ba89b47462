"""Parameters of a method, chosen within the training trials, with the same budget for all."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from neuro.analyses.eegbench.classical.inner import inner_folds
from neuro.analyses.eegbench.method import Classifier, Method, Range, Setting, Space
from neuro.analyses.eegbench.trials import Floats, Ints, Strings

if TYPE_CHECKING:
    from optuna.trial import Trial

logger = logging.getLogger(__name__)


def make(method: Method, setting: Setting, n_trials: int) -> Classifier:
    """Build a method's classifier, one that tunes itself where that is asked for.

    Parameters
    ----------
    method : Method
        Which.
    setting : Setting
        Of the task.
    n_trials : int
        Settings of it that are tried; 0 for none.
    """
    if n_trials and method.space:
        return Tuned(method, setting, n_trials)
    return method.build(setting)


@dataclass
class Tuned:
    """A classifier whose parameters are chosen by what they say of held-out groups.

    The loss is the cross-entropy of held-out trials, classes counting alike. The method's own
    parameters are tried first and are one of the settings of the budget.

    Parameters
    ----------
    method : Method
        With a `space`.
    setting : Setting
        Of the task.
    n_trials : int
        Settings that are tried.

    Attributes
    ----------
    parameters : dict
        The best; empty for the method's own.
    losses : list of float
        Of each that was tried.
    """

    method: Method
    setting: Setting
    n_trials: int
    parameters: dict[str, Any] = field(default_factory=dict, init=False)
    losses: list[float] = field(default_factory=list, init=False)

    def fit(self, X: NDArray[np.floating[Any]], y: Ints, groups: Strings) -> Self:
        """Choose parameters on held-out groups, then learn from all training trials."""
        import optuna  # takes a second, and nothing else needs it

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        folds = inner_folds(y, groups)

        def loss(parameters: Mapping[str, Any]) -> float:
            total = 0.0
            for fold in folds:
                train, test = fold.train, fold.test
                fitted = self._make(parameters).fit(X[train], y[train], groups[train])
                total += balanced_loss(y[test], fitted.predict_proba(X[test])) / len(folds)
            self.losses.append(total)
            return total

        own = loss({})
        study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=self.setting.seed))
        study.optimize(lambda trial: loss(suggest(trial, self.method.space)), self.n_trials - 1)
        if self.n_trials > 1 and study.best_value < own:
            self.parameters = dict(study.best_params)
        logger.info("%s: %s", self.method.name, self.parameters or "its own parameters")
        self._fitted = self._make(self.parameters).fit(X, y, groups)
        return self

    def predict_proba(self, X: NDArray[np.floating[Any]]) -> Floats:
        """Give the probability of each class, shape (n_trials, n_classes)."""
        return self._fitted.predict_proba(X)

    @property
    def cost_(self) -> Mapping[str, float]:
        """What the chosen classifier tells of its cost."""
        return dict(getattr(self._fitted, "cost_", {}))

    def _make(self, parameters: Mapping[str, Any]) -> Classifier:
        if not parameters or self.method.tuned is None:
            return self.method.build(self.setting)
        return self.method.tuned(self.setting, parameters)


def suggest(trial: "Trial", space: Space) -> dict[str, Any]:
    """Draw values of all parameters.

    Parameters
    ----------
    trial : optuna.trial.Trial
        Draws them.
    space : mapping
        Of a method.
    """
    return {
        name: trial.suggest_float(name, one.low, one.high, log=one.log)
        if isinstance(one, Range)
        else trial.suggest_categorical(name, list(one.values))
        for name, one in space.items()
    }


def balanced_loss(y: Ints, probability: Floats) -> float:
    """Cross-entropy, each class that occurs counting alike.

    Parameters
    ----------
    y : ndarray of int, shape (n_trials,)
        Classes.
    probability : ndarray, shape (n_trials, n_classes)
        Of each class.
    """
    each = -np.log(np.maximum(probability[np.arange(len(y)), y], 1e-6))
    return float(np.mean([each[y == k].mean() for k in np.unique(y)]))
