"""Which subjects are learned from, and which are predicted, in outer and inner folds."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from neuro.stats.splits import Split

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
GroupBy = Literal["site", "subject"]


@dataclass(frozen=True)
class Outer:
    """An outer fold with its inner ones.

    Parameters
    ----------
    split : Split
        Training and test subjects.
    inner : list of Split
        Folds of the training subjects, by their numbers among all subjects.
    """

    split: Split
    inner: list[Split]


def split(
    labels: Bools,
    groups: Sequence[Any] | NDArray[Any],
    n_folds: int,
    rng: np.random.Generator,
    sites: NDArray[np.str_] | None = None,
) -> list[Split]:
    """Stratified folds that keep groups together; single subjects are dealt by site as well.

    Raises
    ------
    ValueError
        If there are fewer than two groups, or a fold would lack a class in training.
    """
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    n_groups = len(np.unique(np.asarray(groups)))
    alone = n_groups == len(labels)
    n = min(n_folds, n_groups)
    if alone:
        n = min(n, int(labels.sum()), int((~labels).sum()))
    if n < 2:
        raise ValueError(
            f"cross-validation needs at least two groups, and two subjects of each class, got "
            f"{n_groups} groups and {int(labels.sum())} of {len(labels)} in the second class"
        )
    # Without groups to keep together the plain splitter is a hundred times faster.
    kind = StratifiedKFold if alone else StratifiedGroupKFold
    folds = kind(n, shuffle=True, random_state=int(rng.integers(2**31)))
    strata = labels.astype(int)
    if alone and sites is not None:
        strata = strata + 2 * np.unique(sites, return_inverse=True)[1]
    with warnings.catch_warnings():
        # A class at a site may have fewer subjects than there are folds.
        warnings.filterwarnings("ignore", "The least populated class", UserWarning)
        parts = list(folds.split(np.zeros(len(labels)), strata, None if alone else groups))
    return [_checked(f"fold {k + 1}", train, test, labels) for k, (train, test) in enumerate(parts)]


def nested(
    labels: Bools,
    groups: NDArray[np.str_],
    subjects: NDArray[np.str_],
    n_folds: int,
    n_inner: int,
    rng: np.random.Generator,
    sites: NDArray[np.str_] | None = None,
) -> list[Outer]:
    """Outer folds, each with inner ones that are the other outer folds, dealt into parts.

    Labels that are permuted within outer folds leave all folds as they are: what does not depend
    on labels is then learned once.

    Parameters
    ----------
    labels : ndarray of bool, shape (n,)
        The classes.
    groups, subjects : ndarray of str, shape (n,)
        What is kept together in outer folds; and in inner ones where a single group is left.
    n_folds, n_inner : int
        Numbers of folds, at most.
    rng : numpy.random.Generator
        Random numbers.
    sites : ndarray of str, shape (n,) | None
        Sites that every fold shall have its share of, where groups are single subjects.
    """
    outer = split(labels, groups, n_folds, rng, sites)
    found = []
    for k, one in enumerate(outer):
        others = [other.test for j, other in enumerate(outer) if j != k]
        if len(others) < 2:
            own = split(labels[one.train], subjects[one.train], n_inner, rng)
            inner = [Split(s.name, one.train[s.train], one.train[s.test]) for s in own]
        else:
            dealt = np.array_split(np.arange(len(others)), min(n_inner, len(others)))
            tests = [np.sort(np.concatenate([others[j] for j in part])) for part in dealt]
            inner = [
                _checked(f"fold {k + 1}.{i + 1}", np.setdiff1d(one.train, test), test, labels)
                for i, test in enumerate(tests)
            ]
        found.append(Outer(one, inner))
    return found


def _checked(name: str, train: Ints, test: Ints, labels: Bools) -> Split:
    if len(set(labels[train].tolist())) < 2:
        raise ValueError(
            f"{name}: its {len(train)} training subjects have one class; use fewer folds, or group "
            "by subject"
        )
    return Split(name, train, test)
