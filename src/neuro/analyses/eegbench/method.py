"""What every method of the benchmark is: a transform of single trials, then an estimator."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from neuro.analyses.eegbench.trials import Ints, Sensors, Strings, Trials

Family = Literal["baseline", "classical", "specialist", "foundation"]
FAMILIES: tuple[Family, ...] = ("baseline", "classical", "specialist", "foundation")


class NotApplicableError(ValueError):
    """A method cannot be used on these trials; the message says why."""


class Classifier(Protocol):
    """A classifier of trials, as scikit-learn's, that is told who or what the trials are of."""

    def fit(self, X: NDArray[np.floating[Any]], y: Ints, groups: Strings) -> Self:
        """Learn from training trials.

        Parameters
        ----------
        X : ndarray, shape (n_trials, ...)
            What the method's `prepare` returned.
        y : ndarray of int, shape (n_trials,)
            Classes, from 0.
        groups : ndarray of str, shape (n_trials,)
            Subject or block of each trial: whatever is tuned or stopped early is so on groups
            that were held out, never on single trials of a group that was also trained on.
        """

    def predict_proba(self, X: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
        """Give the probability of each class, shape (n_trials, n_classes)."""


@dataclass(frozen=True)
class Setting:
    """What a method knows before it sees data.

    Parameters
    ----------
    sensors : Sensors
        Channels, sampling rate and unit.
    n_times : int
        Samples in a trial.
    n_classes : int
        Classes.
    seed : int
        Of whatever is random.
    device : str
        Where torch computes.
    class_weights : bool
        Whether rare classes weigh more, in methods that can weigh them.
    """

    sensors: Sensors
    n_times: int
    n_classes: int
    seed: int = 0
    device: str = "cpu"
    class_weights: bool = True


@dataclass(frozen=True)
class Range:
    """Numbers that a parameter may take.

    Parameters
    ----------
    low, high : float
        Bounds, both included.
    log : bool
        Whether ratios are what matters.
    """

    low: float
    high: float
    log: bool = False


@dataclass(frozen=True)
class Choice:
    """Values that a parameter may take.

    Parameters
    ----------
    values : tuple
        At least one.
    """

    values: tuple[Any, ...]


Space = Mapping[str, Range | Choice]
"""What is searched when a method is tuned, by parameter."""


@dataclass(frozen=True)
class Method:
    """An entry of the benchmark.

    Parameters
    ----------
    name : str
        As in the configuration and the tables, e.g. `xdawn-tangent`.
    title : str
        As in the report, e.g. `xDAWN covariances, tangent space, logistic regression`.
    family : str
        One of :data:`FAMILIES`.
    prepare : callable or None
        What is done to each trial by itself, without labels and without other trials: features, or
        the embedding of a frozen network. It is done once for all folds. None for nothing.
    build : callable
        Makes a fresh, unfitted classifier of prepared trials.
    citation : str
        Where it comes from.
    n_parameters : int or None
        Trained parameters, for networks.
    note : str
        What must stand beside its name, e.g. `random initialisation`.
    space : mapping
        What is searched when it is tuned; empty where nothing is.
    tuned : callable or None
        As `build`, with values of the parameters of `space`.
    """

    name: str
    title: str
    family: Family
    build: Callable[[Setting], Classifier]
    prepare: Callable[[Trials, Setting], NDArray[np.floating[Any]]] | None = None
    citation: str = ""
    n_parameters: int | None = None
    note: str = ""
    space: Space = field(default_factory=dict)
    tuned: Callable[[Setting, Mapping[str, Any]], Classifier] | None = None
