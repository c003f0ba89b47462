"""A method applied to a whole matrix in memory: in chunks and threads, with missing values."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from neuro.stats.dependence.block import Block, Floats
from neuro.stats.dependence.methods import Method, Options
from neuro.stats.dependence.outcome import categorical_rows

T = TypeVar("T")
Discrete = bool | NDArray[np.bool_] | str
LEAST = 8
"""Samples below which a feature has no value."""
COPIES = 8
"""Arrays of a chunk's size that a method holds at once, about."""


@dataclass(frozen=True)
class Group:
    """Features of one kind that are there in the same samples.

    Parameters
    ----------
    rows : ndarray of int
        Which features.
    there : ndarray of bool, shape (n_samples,) | None
        Samples where they are not missing; None for all.
    block : Block
        Their values in these samples.
    """

    rows: NDArray[np.intp]
    there: NDArray[np.bool_] | None
    block: Block


def strengths(
    features: Floats,
    outcome: Block,
    method: Method,
    options: Options | None = None,
    *,
    memory_mb: float = 64.0,
    n_jobs: int = 1,
) -> Floats:
    """Score every feature against an outcome.

    Parameters
    ----------
    features : ndarray, shape (n_samples, n_features)
        Finite, or NaN where missing: each feature is used where it is there.
    outcome : Block
        The outcome, of as many samples.
    method : Method
        How.
    options : Options, optional
        What the method may be told.
    memory_mb : float
        About how much memory the chunks in work may take, MB.
    n_jobs : int
        Threads.

    Returns
    -------
    values : ndarray, shape (n_features,)
        Score, or estimate in nats; NaN for a feature with less than 8 samples, or where the
        outcome has one value only in its samples.
    """
    found = np.full(features.shape[1], np.nan)
    size = chunk_size(len(features), memory_mb, n_jobs)

    def work(start: int, values: Floats) -> None:
        part = found[start : start + len(values)]
        for group in groups(values, categorical_rows(values)):
            y = outcome if group.there is None else outcome.only(group.there)
            if np.ptp(y.values) > 0:
                part[group.rows] = method(group.block, y, options)

    chunks = (
        (start, np.ascontiguousarray(features[:, start : start + size].T, dtype=np.float64))
        for start in range(0, features.shape[1], size)
    )
    for _ in in_threads(work, chunks, n_jobs):
        pass
    return found


def ranking(values: Floats) -> NDArray[np.intp]:
    """Features from best to worst; those without a value come last."""
    return np.argsort(-np.nan_to_num(values, nan=-np.inf), kind="stable")


def chunk_size(n_samples: int, memory_mb: float, n_jobs: int = 1) -> int:
    """Features at once that keep the memory of all threads within bounds."""
    return max(1, int(memory_mb * 1e6 / (8 * COPIES * n_samples * n_jobs)))


def groups(values: Floats, discrete: NDArray[np.bool_]) -> Iterator[Group]:
    """Features grouped by kind and by where they are missing; those with too few samples are not.

    Parameters
    ----------
    values : ndarray, shape (n_features, n_samples)
        NaN is missing.
    discrete : ndarray of bool, shape (n_features,)
        Which are categories.

    Yields
    ------
    group : Group
        Each feature is in one group at most.
    """
    missing = np.isnan(values)
    n_used = values.shape[1] - missing.sum(1)
    complete = n_used == values.shape[1]
    for categorical in (False, True):
        rows = np.flatnonzero(complete & (discrete == categorical))
        if len(rows):
            yield Group(rows, None, Block(values[rows], categorical))
    for alike in _same_pattern(missing, np.flatnonzero(~complete & (n_used >= LEAST))):
        there = ~missing[alike[0]]
        for categorical in (False, True):
            rows = alike[discrete[alike] == categorical]
            if len(rows):
                yield Group(rows, there, Block(values[rows][:, there], categorical))


def in_threads(
    work: Callable[[int, Floats], T], chunks: Iterator[tuple[int, Floats]], n_jobs: int
) -> Iterator[T]:
    """Do the work in threads, with no more chunks in memory than threads, and one to come."""
    if n_jobs == 1:
        for start, values in chunks:
            yield work(start, values)
        return
    with ThreadPoolExecutor(n_jobs) as pool:
        waiting: deque[Future[T]] = deque()
        for start, values in chunks:
            waiting.append(pool.submit(work, start, values))
            if len(waiting) > n_jobs:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def which_discrete(given: Discrete, start: int, values: Floats) -> NDArray[np.bool_]:
    """Which features of a chunk are categories; `auto`: those of few whole numbers."""
    if isinstance(given, np.ndarray):
        part: NDArray[np.bool_] = given[start : start + len(values)]
        return part
    if given == "auto":
        return categorical_rows(values)
    return np.full(len(values), bool(given))


def _same_pattern(missing: NDArray[np.bool_], rows: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    """Rows grouped by where their values are missing."""
    alike: dict[bytes, list[int]] = {}
    for row in rows:
        alike.setdefault(np.packbits(missing[row]).tobytes(), []).append(int(row))
    return [np.array(group) for group in alike.values()]
