"""Screening of a whole table: in chunks of bounded memory, with permutations and missing values."""

import logging
from dataclasses import dataclass
from typing import Any

import numpy as np
import psutil
from numpy.typing import NDArray

from neuro.analyses.screening import covariates as adjusting
from neuro.analyses.screening.nulls import Nulls, Significance, permutations
from neuro.analyses.screening.sources import Source, as_source, refuse_infinite
from neuro.io.progress import follow
from neuro.stats.dependence.block import Block, Floats
from neuro.stats.dependence.matrix import (
    LEAST,
    Discrete,
    Group,
    chunk_size,
    groups,
    in_threads,
    ranking,
    which_discrete,
)
from neuro.stats.dependence.methods import Method, Options, get_method
from neuro.stats.dependence.outcome import Kind, check_outcome

logger = logging.getLogger(__name__)

OK, CONSTANT, MISSING, FEW = 0, 1, 2, 3
STATUS = ("ok", "constant", "missing", "too few")
"""What became of a feature: constant ones get 0, those without values, or with less than
:data:`~neuro.stats.dependence.matrix.LEAST` samples, NaN."""


@dataclass(frozen=True)
class Screening:
    """What screening found.

    Parameters
    ----------
    method : Method
        How.
    strength : ndarray, shape (n_features,)
        Score, or estimate in nats; NaN for a feature without values.
    n_used : ndarray of int, shape (n_features,)
        Samples where the feature is not missing.
    status : ndarray of int8, shape (n_features,)
        Index into :data:`STATUS`.
    significance : Significance | None
        Against permuted outcomes; None where none were asked for.
    """

    method: Method
    strength: Floats
    n_used: NDArray[np.int32]
    status: NDArray[np.int8]
    significance: Significance | None = None

    @property
    def ranking(self) -> NDArray[np.intp]:
        """Features from best to worst; those without a value come last."""
        return ranking(self.strength)


@dataclass(frozen=True)
class _Task:
    """What is the same for all chunks."""

    method: Method
    options: Options
    y: Block
    permuted: list[Block]
    orders: NDArray[np.int64]
    discrete: Discrete
    covariates: Floats | None
    adjust: adjusting.Adjust
    strata: NDArray[np.intp] | None


@dataclass(frozen=True)
class _Part:
    """What is known of one chunk."""

    start: int
    values: Floats
    null: Floats
    n_used: NDArray[np.int32]
    status: NDArray[np.int8]
    shared: NDArray[np.bool_]


def screen(
    features: Any,
    outcome: Any,
    method: str = "kde_score",
    *,
    options: Options | None = None,
    outcome_kind: Kind = "auto",
    discrete_features: Discrete = "auto",
    covariates: Any = None,
    adjust: adjusting.Adjust = "residualise",
    n_permutations: int = 0,
    rng: np.random.Generator | None = None,
    memory_mb: float = 64.0,
    n_jobs: int = 1,
) -> Screening:
    """Score every feature against an outcome.

    Parameters
    ----------
    features : array-like, data frame or Source, shape (n_samples, n_features)
        NaN is missing: each feature is used where it is there.
    outcome : array-like, shape (n_samples,)
        Numbers or labels, complete.
    method : str
        One of :data:`~neuro.stats.dependence.methods.METHODS`.
    options : Options, optional
        What the method may be told.
    outcome_kind : {'auto', 'continuous', 'categorical'}
        What the outcome is.
    discrete_features : bool, ndarray of bool, or 'auto'
        Which features are categories; `auto`: those of few whole numbers.
    covariates : array-like, shape (n_samples, n_covariates), optional
        What is to be accounted for.
    adjust : {'residualise', 'conditional'}
        How. Residualising leaves categories as they are.
    n_permutations : int
        Permutations of the outcome (within strata, where these are conditioned on); none without.
    rng : numpy.random.Generator, optional
        Random numbers of the permutations; needed for them.
    memory_mb : float
        About how much memory the chunks in work may take, MB.
    n_jobs : int
        Threads.

    Returns
    -------
    result : Screening
        In the order of the features.

    Raises
    ------
    ValueError
        If lengths differ, a value is infinite, or the outcome cannot be used.

    Examples
    --------
    >>> import numpy as np
    >>> import neuro
    >>> rng = np.random.default_rng(0)
    >>> features = rng.standard_normal((200, 30))
    >>> outcome = features[:, 7] ** 2 + 0.5 * rng.standard_normal(200)  # tells, uncorrelated
    >>> found = neuro.screening.screen(features, outcome, n_permutations=99, rng=rng)
    >>> int(found.ranking[0]), float(found.significance.p_max[7])
    (7, 0.01)
    """
    source = as_source(features)
    task = _prepare(
        source,
        outcome,
        get_method(method),
        options or Options(),
        outcome_kind,
        discrete_features,
        covariates,
        adjust,
        n_permutations,
        rng,
    )
    _check_memory(source)
    size = chunk_size(source.n_samples, memory_mb, n_jobs)
    values, n_used = np.full(source.n_features, np.nan), np.zeros(source.n_features, np.int32)
    status = np.zeros(source.n_features, np.int8)
    nulls = Nulls(source.n_features, n_permutations)
    parts = in_threads(lambda s, v: _chunk(task, source, s, v), source.chunks(size), n_jobs)
    for part in follow(parts, logger, "part of the features", -(-source.n_features // size)):
        where = slice(part.start, part.start + len(part.values))
        values[where], n_used[where], status[where] = part.values, part.n_used, part.status
        nulls.add(part.start, part.values, part.null, part.shared)
    found = nulls.significance(values) if n_permutations else None
    return Screening(task.method, values, n_used, status, found)


def _prepare(
    source: Source,
    outcome: Any,
    method: Method,
    options: Options,
    kind: Kind,
    discrete: Discrete,
    covariates: Any,
    adjust: adjusting.Adjust,
    n_permutations: int,
    rng: np.random.Generator | None,
) -> _Task:
    y = check_outcome(outcome, kind)
    if y.n != source.n_samples:
        raise ValueError(
            f"{source.where}: {source.n_samples} samples, but the outcome has {y.n}; they must be "
            "as many, in the same order"
        )
    if y.n < LEAST:
        raise ValueError(f"{y.n} samples are too few; at least {LEAST} are needed")
    if isinstance(discrete, np.ndarray) and discrete.shape != (source.n_features,):
        raise ValueError(
            f"discrete_features has shape {discrete.shape}, but there are {source.n_features} "
            "features"
        )
    if n_permutations and rng is None:
        raise ValueError("permutations need random numbers: pass `rng`")
    numbers, table = None, None
    if covariates is not None:
        table = adjusting.check_covariates(covariates, y.n)
        if adjust == "residualise":
            y = y if y.categorical else Block(adjusting.residuals(y.values, table))
        elif method.name != "knn":
            numbers = adjusting.strata(table)
    orders = permutations(y.n, n_permutations, rng, numbers)
    permuted = [Block(y.values[:, order], y.categorical) for order in orders]
    return _Task(method, options, y, permuted, orders, discrete, table, adjust, numbers)


def _check_memory(source: Source) -> None:
    """The result alone must have room; the features need not."""
    needed, free = 64 * source.n_features, psutil.virtual_memory().available
    if needed > free:
        raise MemoryError(
            f"{source.where}: the values of {source.n_features} features take {needed / 1e9:.1f} "
            f"GB, but {free / 1e9:.1f} GB are free; screen them part by part"
        )


def _chunk(task: _Task, source: Source, start: int, values: Floats) -> _Part:
    refuse_infinite(source, start, values)
    missing = np.isnan(values)
    n_used = (values.shape[1] - missing.sum(1)).astype(np.int32)
    found = np.full(len(values), np.nan)
    null = np.full((len(task.permuted), len(values)), np.nan)
    shared = np.zeros(len(values), bool)
    for group in groups(values, which_discrete(task.discrete, start, values)):
        if group.there is not None:
            _with_gaps(task, group, group.there, found, null)
            continue
        x = _adjusted(task, group.block, task.covariates)
        found[group.rows] = _values(task, x, task.y, task.covariates, task.strata)
        for i, y in enumerate(task.permuted):
            null[i, group.rows] = _values(task, x, y, task.covariates, task.strata)
        if task.method.by_rank and not x.categorical and len(task.permuted):
            shared[group.rows] = x.distinct & (
                task.covariates is None or task.adjust == "residualise"
            )
    return _Part(start, found, null, n_used, _status(values, missing, n_used, found), shared)


def _adjusted(task: _Task, x: Block, table: Floats | None) -> Block:
    if table is None or task.adjust != "residualise" or x.categorical:
        return x
    return Block(adjusting.residuals(x.values, table))


def _values(
    task: _Task, x: Block, y: Block, table: Floats | None, numbers: NDArray[np.intp] | None
) -> Floats:
    if numbers is not None:
        return adjusting.within_strata(task.method, x, y, numbers, task.options)
    if table is not None and task.adjust == "conditional":
        return adjusting.conditional_knn(x, y, table, task.options.n_neighbors)
    return task.method(x, y, task.options)


def _with_gaps(
    task: _Task, group: Group, there: NDArray[np.bool_], found: Floats, null: Floats
) -> None:
    """Screen features that miss the same samples, on the others."""
    table = None if task.covariates is None else task.covariates[there]
    numbers = None if task.strata is None else task.strata[there]
    y = task.y.only(there)
    if np.ptp(y.values) == 0:
        return
    x = _adjusted(task, group.block, table)
    found[group.rows] = _values(task, x, y, table, numbers)
    for i, permuted in enumerate(task.permuted):
        # Missing samples stay missing: what is left of the permuted outcome is permuted too.
        part = permuted.only(there)
        null[i, group.rows] = _values(task, x, part, table, numbers) if np.ptp(part.values) else 0.0


def _status(
    values: Floats, missing: NDArray[np.bool_], n_used: NDArray[np.int32], found: Floats
) -> NDArray[np.int8]:
    status = np.full(len(values), OK, np.int8)
    low = np.where(missing, np.inf, values).min(1)
    high = np.where(missing, -np.inf, values).max(1)
    status[low == high] = CONSTANT
    status[np.isnan(found)] = FEW
    status[n_used == 0] = MISSING
    return status
