"""What trials are of, told from a model's hidden states and, beside it, from the signals."""

import time
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch.nn import functional

from neuro.analyses.meggpt.features import (
    Seen,
    Settings,
    batch,
    begin,
    features,
    pretrain,
    see,
    states,
    tune,
    windows,
)
from neuro.analyses.meggpt.folds import Fold, Ints, Recording
from neuro.analyses.meggpt.logistic import Logistic, fit_logistic
from neuro.analyses.meggpt.model import Model
from neuro.stats.bootstrap import interval, resampled_means

Array = NDArray[np.float64]
N_PARTS = 4
"""Parts of a window that hidden states are averaged over where time is kept."""
N_MEANS = 10
"""Means over time of each channel, the simple features beside the whole window."""
N_BOOTSTRAPS = 2000
N_TUNED = 16
"""Trials per step of end-to-end tuning."""


@dataclass(frozen=True)
class Outcome:
    """What a method said of tested trials.

    Parameters
    ----------
    method : str
        One of :data:`METHODS`.
    fold : Fold
        What was tested.
    y : ndarray of int, shape (n_test,)
        Classes.
    probability : ndarray, shape (n_test, n_classes)
        Of each class.
    seconds : float
        CPU seconds of features, training and test; of pretraining too where there is one.
    """

    method: str
    fold: Fold
    y: Ints
    probability: Array
    seconds: float


class _Task:
    """A fold at work: what several methods share is computed once."""

    def __init__(
        self,
        recordings: Sequence[Recording],
        fold: Fold,
        sfreq: float,
        settings: Settings,
        seed: int,
    ) -> None:
        self.recordings, self.fold, self.settings, self.seed = recordings, fold, settings, seed
        self.seen: Seen = see(recordings, fold, sfreq, settings, seed)
        self.train, self.test = self.y(fold.train), self.y(fold.test)
        self.untrained = begin(self.seen, settings, seed)
        begun = time.process_time()
        self.trained = pretrain(deepcopy(self.untrained), self.seen, settings, seed)
        self.seconds = time.process_time() - begun

    def y(self, trials: Ints) -> Ints:
        return np.array([self.recordings[r].y[i] for r, i in trials], dtype=np.intp)

    def states(self, model: Model, trials: Ints) -> NDArray[np.float32]:
        """Averages over the window."""
        return features(model, self.seen, self.recordings, trials, self.settings)

    def parts(self, trials: Ints) -> NDArray[np.float32]:
        """Averages over parts of the window, of the trained model."""
        return features(self.trained, self.seen, self.recordings, trials, self.settings, N_PARTS)

    def windows(self, trials: Ints) -> NDArray[np.float32]:
        return windows(self.seen, self.recordings, trials, self.settings)

    def fit(self, get: Callable[[Ints], NDArray[np.float32]]) -> Logistic:
        return fit_logistic(get(self.fold.train), self.train, self.fold.groups)

    def said(self, get: Callable[[Ints], NDArray[np.float32]]) -> Array:
        return self.fit(get).probability(get(self.fold.test))


def _raw(task: _Task) -> Array:
    return task.said(lambda trials: task.windows(trials).reshape(len(trials), -1))


def _means(task: _Task) -> Array:
    def get(trials: Ints) -> NDArray[np.float32]:
        parts = np.array_split(task.windows(trials), N_MEANS, axis=2)
        return np.concatenate([each.mean(axis=2) for each in parts], axis=1)

    return task.said(get)


def _untrained(task: _Task) -> Array:
    return task.said(lambda trials: task.states(task.untrained, trials))


def _zero_shot(task: _Task) -> Array:
    return task.said(lambda trials: task.states(task.trained, trials))


def _in_parts(task: _Task) -> Array:
    return task.said(task.parts)


def _next_token(task: _Task) -> Array:
    model = deepcopy(task.trained)
    tune(model, task.seen, task.recordings, task.fold.train, task.settings, task.seed)
    return task.said(lambda trials: task.states(model, trials))


def _end_to_end(task: _Task) -> Array:
    """The zero-shot classifier, then all weights of it and of the model together."""
    model = deepcopy(task.trained)
    fitted = task.fit(lambda trials: task.states(model, trials))
    weight, bias = (torch.from_numpy(each.astype(np.float32)) for each in fitted.linear())
    weight.requires_grad_()
    bias.requires_grad_()
    settings = task.settings
    optimizer = torch.optim.AdamW([*model.parameters(), weight, bias], settings.tuning_rate)
    rng = np.random.default_rng(task.seed)
    y = torch.from_numpy(task.train)
    for _ in range(settings.tuning_steps):
        some = rng.choice(len(y), min(N_TUNED, len(y)), replace=False)
        given = batch(task.seen, task.recordings, task.fold.train[some], settings, model.shape.lags)
        scores = functional.linear(states(model, given, 1), weight, bias)
        optimizer.zero_grad(set_to_none=True)
        functional.cross_entropy(scores, y[some]).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    x = torch.from_numpy(task.states(model, task.fold.test))
    with torch.inference_mode():
        said: Array = functional.linear(x, weight, bias).double().softmax(-1).numpy()
    return said


METHODS: dict[str, Callable[[_Task], Array]] = {
    "raw": _raw,
    "means": _means,
    "untrained": _untrained,
    "zero-shot": _zero_shot,
    "zero-shot, in parts": _in_parts,
    "next-token": _next_token,
    "end-to-end": _end_to_end,
}
"""Features: the window; its means; hidden states of a model that was not trained, of one that was
(published average over the window, and in four parts), of one that was tuned to training trials,
and of one that was tuned together with its classifier."""
PRETRAINED = ("zero-shot", "zero-shot, in parts", "next-token", "end-to-end")


def decode(
    recordings: Sequence[Recording],
    fold: Fold,
    sfreq: float,
    settings: Settings,
    methods: Sequence[str] = tuple(METHODS),
    seed: int = 0,
) -> list[Outcome]:
    """Say what the tested trials of a fold are.

    Tokenizer and model are made anew, from the fold's stretches alone.

    Parameters
    ----------
    recordings : sequence of Recording
        All, with the same channels.
    fold : Fold
        What is learned from and what is tested.
    sfreq : float
        Sampling rate, in hertz.
    settings : Settings
        Sizes and training.
    methods : sequence of str
        Of :data:`METHODS`.
    seed : int
        Of all that is drawn.

    Returns
    -------
    outcomes : list of Outcome
        One for each method.

    Raises
    ------
    ValueError
        If a method is not known.
    """
    unknown = [name for name in methods if name not in METHODS]
    if unknown:
        raise ValueError(f"methods: allowed are {', '.join(METHODS)}. Got {unknown[0]!r}.")
    task = _Task(recordings, fold, sfreq, settings, seed)
    outcomes = []
    for name in methods:
        begun = time.process_time()
        probability = METHODS[name](task)
        seconds = time.process_time() - begun + (task.seconds if name in PRETRAINED else 0)
        outcomes.append(Outcome(name, fold, task.test, probability, seconds))
    return outcomes


def summarise(
    outcomes: Sequence[Outcome], rng: np.random.Generator, confidence: float = 0.95
) -> pd.DataFrame:
    """Balanced accuracy of each method, and how far it is from that of the raw windows.

    Parameters
    ----------
    outcomes : sequence of Outcome
        Of any folds; those of a split are pooled.
    rng : Generator
        Randomness of intervals.
    confidence : float
        Of the intervals.

    Returns
    -------
    table : DataFrame
        Columns split, method, value, low, high, difference, difference_low, difference_high,
        chance, n_train (mean over folds), n_test, seconds. Intervals resample tested trials
        within classes; they do not say how another draw of subjects would differ.
    """
    rows = []
    for split in dict.fromkeys(one.fold.split for one in outcomes):
        own = [one for one in outcomes if one.fold.split == split]
        hits = {name: _hits(own, name) for name in dict.fromkeys(one.method for one in own)}
        for name, strata in hits.items():
            said = [one for one in own if one.method == name]
            row: dict[str, object] = {"split": split, "method": name}
            row |= dict(zip(("value", "low", "high"), _mean(strata, rng, confidence), strict=True))
            if "raw" in hits:
                apart = [a - b for a, b in zip(strata, hits["raw"], strict=True)]
                keys = ("difference", "difference_low", "difference_high")
                row |= dict(zip(keys, _mean(apart, rng, confidence), strict=True))
            row["chance"] = 1 / len(strata)
            row["n_train"] = round(np.mean([len(one.fold.train) for one in said]))
            row["n_test"] = sum(len(one.y) for one in said)
            row["seconds"] = sum(one.seconds for one in said)
            rows.append(row)
    return pd.DataFrame(rows)


def _hits(outcomes: Sequence[Outcome], name: str) -> list[Array]:
    """Which tested trials of each class were told, over folds."""
    said = [one for one in outcomes if one.method == name]
    y = np.concatenate([one.y for one in said])
    right = np.concatenate([one.probability.argmax(axis=1) == one.y for one in said])
    return [right[y == k].astype(np.float64) for k in np.unique(y)]


def _mean(
    strata: Sequence[Array], rng: np.random.Generator, confidence: float
) -> tuple[float, float, float]:
    """Mean over classes of the means over trials, with its interval."""
    value = float(np.mean([each.mean() for each in strata]))
    drawn = [resampled_means([each[:, None]], N_BOOTSTRAPS, rng)[:, 0] for each in strata]
    low, high = interval(np.mean(drawn, axis=0), confidence, estimate=value)
    return value, low, high
