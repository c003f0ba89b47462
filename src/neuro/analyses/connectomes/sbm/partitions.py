"""Logarithm of the number of integer partitions, the prior of a block's degrees."""

from functools import lru_cache
from math import exp, lgamma, log, pi, sqrt

import numpy as np

from neuro.analyses.connectomes.sbm.graph import Floats
from neuro.stats.compiled import compiled, inner

MAX_ENTRIES = 4_000_000
MAX_EXACT = 60_000  # the number of partitions of more overflows a double


@lru_cache(maxsize=4)
def table(n: int, m: int) -> Floats:
    """Exact values for small arguments.

    Parameters
    ----------
    n, m : int
        Largest sum and largest number of parts that will be asked for.

    Returns
    -------
    table : ndarray, shape (n + 1, m + 1)
        Logarithm of the partitions of the row into at most as many parts as the column; fewer
        rows where all would not fit: `log_partitions` then takes its asymptotic form.
    """
    rows = max(1, min(n, MAX_EXACT, MAX_ENTRIES // (m + 1)))
    filled = np.empty((rows + 1, m + 1))
    _fill(filled)
    filled.setflags(write=False)
    return filled


@compiled
def _fill(out: Floats) -> None:
    counts = np.zeros(out.shape[0])
    counts[0] = 1.0
    for m in range(out.shape[1]):
        if m > 0:  # partitions into at most m parts: those of at most m - 1, or m with one off each
            for n in range(m, out.shape[0]):
                counts[n] += counts[n - m]
        for n in range(out.shape[0]):
            out[n, m] = log(counts[n]) if counts[n] > 0 else -np.inf


@inner
def _dilog(x: float) -> float:
    """Spence's function for 0 <= x < 1, by the series that converges fastest there."""
    if x > 0.5:
        return pi**2 / 6 - log(x) * log(1 - x) - _dilog_series(1 - x)
    return _dilog_series(x)


@inner
def _dilog_series(x: float) -> float:
    total = 0.0
    power = 1.0
    for k in range(1, 60):
        power *= x
        total += power / (k * k)
    return total


@compiled
def asymptotic(n: float, m: float) -> float:
    """Partitions of a large n into at most m parts (Szekeres 1953, as in Peixoto 2017, eq. 33).

    Parameters
    ----------
    n, m : float
        Sum and largest number of parts.

    Returns
    -------
    log_q : float
        Natural logarithm of their number.
    """
    if m < n**0.25:
        return lgamma(n) - lgamma(m) - lgamma(n - m + 1) - lgamma(m + 1)
    u = m / sqrt(n)
    v = u
    for _ in range(200):
        new = u * sqrt(pi**2 / 6 - _dilog(exp(-v)) + v * log1mexp(v))
        if abs(new - v) < 1e-10:
            break
        v = new
    log_f = log(v) - 1.5 * log(2.0) - log(u) - log(pi)
    log_f -= 0.5 * log(1 - (1 + u * u / 2) * exp(-v))
    return log_f - log(n) + sqrt(n) * (2 * v / u - u * log1mexp(v))


@inner
def log1mexp(v: float) -> float:
    """Logarithm of 1 - exp(-v)."""
    return log(-np.expm1(-v))


@compiled
def log_partitions(known: Floats, n: float, m: float) -> float:
    """Logarithm of the number of partitions of n into at most m parts.

    Parameters
    ----------
    known : ndarray, shape (n_rows, n_columns)
        From `table`.
    n, m : float
        Sum and largest number of parts, whole.

    Returns
    -------
    log_q : float
        Its natural logarithm; 0 for n = 0.
    """
    if n <= 0 or m <= 0:
        return 0.0
    if n < known.shape[0] and m < known.shape[1]:
        return float(known[int(n), int(m)])
    return asymptotic(n, min(n, m))
