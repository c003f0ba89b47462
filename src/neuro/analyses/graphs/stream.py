"""From signals to graphs, tile by tile: the correlation matrix is never whole in memory.

Each tile of the upper triangle is one product in single precision; it is compared with all
thresholds at once, packed, and forgotten. Correlations within 1e-6 of a threshold may fall on
either side of it, as single precision sees them.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from neuro.analyses.graphs import kernels
from neuro.analyses.graphs.builder import Builder, Limit, Network, Stripe
from neuro.analyses.graphs.signals import Signals, effective_length
from neuro.analyses.graphs.thresholds import (
    SIGNS,
    Absolute,
    Density,
    Sign,
    Significance,
    Threshold,
    critical_r,
    fdr_r,
)

Ints = NDArray[np.int64]
Storage = Literal["auto", "bits", "lists"]

ROWS, COLUMNS = 512, 4096
"""Size of a tile: 8 MB."""
N_BINS = 65536
"""Bins of the histogram of correlations."""
SAMPLED = 2048
"""Nodes whose correlations tell about where a density's threshold is."""
MARGIN = 4.0
"""Standard errors of that; beyond, a histogram of all pairs is made."""
SPARSE = 0.005
"""Density below which lists of neighbors are better than bits."""
ROUNDING = 1e-6
"""A correlation is known to this: a bin's bounds are widened by it."""


def networks(
    signals: Signals,
    thresholds: Sequence[Threshold],
    *,
    sign: Sign = "positive",
    storage: Storage = "auto",
    n_threads: int = 1,
) -> list[Network]:
    """Threshold the correlations of all pairs of nodes, for all thresholds in one pass.

    A density's threshold is bracketed by a sample of nodes; pairs in the bracket are gathered, and
    the strongest of them become edges, so that the number of edges is exact. `fdr` needs a pass
    before for its histogram.

    Parameters
    ----------
    signals : ndarray of float32, shape (n, n_times)
        Of :func:`neuro.analyses.graphs.signals.standardize`.
    thresholds : sequence of Threshold
        At least one.
    sign : str
        `positive` edges (r above the threshold), `negative` (r below minus the threshold) or
        `absolute` (both).
    storage : str
        `bits`, `lists` of neighbors, or `auto`: lists below a density of 0.5 %.
    n_threads : int
        Threads. The result does not depend on their number.

    Returns
    -------
    networks : list of Network
        In the order of the thresholds.

    Examples
    --------
    >>> import numpy as np
    >>> import neuro
    >>> signals = neuro.graphs.standardize(np.random.default_rng(0).standard_normal((50, 40)))
    >>> sparse, dense = neuro.graphs.networks(
    ...     signals, [neuro.graphs.Density(0.05), neuro.graphs.Absolute(0.1)])
    >>> sparse.graph.n_edges  # 5 % of 780 pairs
    39
    """
    if sign not in SIGNS:
        raise ValueError(f"sign: allowed are {sorted(SIGNS)}, got {sign!r}")
    if not thresholds:
        raise ValueError("thresholds: need at least one")
    limits = resolve(signals, thresholds, sign, n_threads)
    builders = _built(signals, limits, sign, storage, n_threads)
    missed = [k for k, builder in enumerate(builders) if not builder.fits]
    if missed:
        # The sample misled: a histogram of all pairs tells for sure.
        counts = histogram(signals, sign, n_threads=n_threads)
        n_pairs = len(signals) * (len(signals) - 1) // 2
        exact = [_bin_of(counts, limits[k].wanted, n_pairs) for k in missed]
        again = _built(signals, exact, sign, storage, n_threads)
        for k, builder in zip(missed, again, strict=True):
            builders[k] = builder
    return [builder.finish() for builder in builders]


def _built(
    signals: Signals, limits: Sequence[Limit], sign: Sign, storage: Storage, n_threads: int
) -> list[Builder]:
    """One pass over all tiles."""
    n = len(signals)
    builders = [
        Builder(n, sign, limit, _as_lists(signals, limit, sign, storage)) for limit in limits
    ]

    def work(tile: NDArray[np.float32], row: int, column: int, stripes: list[Stripe]) -> None:
        for builder, stripe in zip(builders, stripes, strict=True):
            builder.take(tile, row, column, stripe)

    def begin(row: int) -> list[Stripe]:
        return [builder.begin(row, min(row + ROWS, n)) for builder in builders]

    for stripes in sweep(signals, work, begin, n_threads):
        for builder, stripe in zip(builders, stripes, strict=True):
            builder.add(stripe)
    return builders


def _as_lists(signals: Signals, limit: Limit, sign: Sign, storage: Storage) -> bool:
    """Whether neighbors are kept as lists: below `SPARSE` these are smaller and faster."""
    if storage == "auto":
        return float((_sample(signals, sign) > limit.high).mean()) < SPARSE
    return storage == "lists"


def sweep(
    signals: Signals,
    work: Callable[[NDArray[np.float32], int, int, Any], None],
    begin: Callable[[int], Any],
    n_threads: int,
) -> Iterator[Any]:
    """Hand every tile on and above the diagonal to `work`; results come by ascending rows."""
    n = len(signals)

    def stripe(row: int) -> Any:
        own = signals[row : row + ROWS]
        part = begin(row)
        for column in range(row // 64 * 64, n, COLUMNS):
            work(own @ signals[column : column + COLUMNS].T, row, column, part)
        return part

    with threadpool_limits(1, "blas"), ThreadPoolExecutor(n_threads) as pool:
        yield from pool.map(stripe, range(0, n, ROWS))


def resolve(
    signals: Signals, thresholds: Sequence[Threshold], sign: Sign, n_threads: int
) -> list[Limit]:
    """Sizes above which pairs are edges, whatever the thresholds are given as."""
    n_pairs = len(signals) * (len(signals) - 1) // 2
    sided = 2 if sign == "absolute" else 1
    counts: Ints | None = None
    if len(signals) <= 2 * SAMPLED or any(
        isinstance(t, Significance) and t.correction == "fdr" for t in thresholds
    ):
        counts = histogram(signals, sign, n_threads=n_threads)
    found = []
    for threshold in thresholds:
        if isinstance(threshold, Absolute):
            found.append(Limit(threshold.r, threshold.r))
        elif isinstance(threshold, Density):
            wanted = max(1, round(threshold.share * n_pairs))
            found.append(
                _bracket(signals, threshold.share, wanted, sign)
                if counts is None
                else _bin_of(counts, wanted, n_pairs)
            )
        else:
            samples = threshold.n_effective or effective_length(signals)
            if threshold.correction == "fdr" and counts is not None:
                r = fdr_r(counts, threshold.alpha, samples, sided)
            else:
                tests = n_pairs if threshold.correction == "bonferroni" else 1
                r = critical_r(threshold.alpha / tests / sided, samples)
            found.append(Limit(r, r))
    return found


def _bin_of(counts: Ints, wanted: int, n_pairs: int) -> Limit:
    """The histogram's bin that holds the weakest edge."""
    above = counts[::-1].cumsum()[::-1]
    at = int(np.flatnonzero(above >= wanted)[-1])
    width = 2 / len(counts)
    low = -1 + at * width
    return Limit(low + width + ROUNDING, low - ROUNDING, wanted)


def _bracket(signals: Signals, share: float, wanted: int, sign: Sign) -> Limit:
    """Bounds of the weakest edge from a sample of nodes, `MARGIN` standard errors wide.

    The error is that of a U-statistic: what differs between samples is the nodes' own shares.
    """
    sample = _sample(signals, sign)
    pairs = sample[np.triu_indices(len(sample), 1)]
    at = float(np.quantile(pairs, 1 - share))
    own = (sample > at).sum(axis=1) / (len(sample) - 1)
    error = MARGIN * 2 * float(own.std()) / float(np.sqrt(len(sample)))
    error += MARGIN * float(np.sqrt(share / pairs.size))
    high, low = np.quantile(pairs, [1 - max(share - error, 0.0), 1 - min(share + error, 1.0)])
    return Limit(float(high), float(low), wanted)


def _sample(signals: Signals, sign: Sign) -> NDArray[np.float32]:
    """Correlations between some nodes, drawn at random; -2 on the diagonal."""
    rng = np.random.default_rng(len(signals))
    drawn = rng.choice(len(signals), min(SAMPLED, len(signals)), replace=False)
    sample = signals[np.sort(drawn)]
    values = sample @ sample.T
    values = np.abs(values) if sign == "absolute" else values * np.float32(SIGNS[sign])
    np.fill_diagonal(values, -2)
    return values


def histogram(signals: Signals, sign: Sign, *, n_threads: int = 1) -> Ints:
    """Count pairs by their correlation, in `N_BINS` bins over [-1, 1].

    Parameters
    ----------
    signals : ndarray of float32, shape (n, n_times)
        The signals.
    sign : str
        Whether correlations, their negatives or their sizes count.
    n_threads : int
        Threads.
    """
    total = np.zeros(N_BINS, np.int64)
    flip = np.float32(-1 if sign == "negative" else 1)

    def work(tile: NDArray[np.float32], row: int, column: int, part: Ints) -> None:
        if flip < 0:
            np.negative(tile, out=tile)
        kernels.histogram_tile(tile, row, column, sign == "absolute", part)

    for part in sweep(signals, work, lambda row: np.zeros(N_BINS, np.int64), n_threads):
        total += part
    return total
