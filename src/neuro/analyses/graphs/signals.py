"""Time series made ready for correlation: centered, of unit length, single precision."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Signals = NDArray[np.float32]

MOST_NAMED = 5
"""Offending voxels that a message names."""


def standardize(
    series: NDArray[np.floating], *, where: str = "series", names: Sequence[str] | None = None
) -> Signals:
    """Center every node's time course and scale it to unit length.

    The product of two rows is then their correlation.

    Parameters
    ----------
    series : ndarray, shape (n_times, n_nodes)
        Time courses.
    where : str
        What the series are, for messages: a file, say.
    names : sequence of str | None
        Names of the nodes; None for their numbers.

    Returns
    -------
    signals : ndarray of float32, shape (n_nodes, n_times)
        The rows.

    Raises
    ------
    ValueError
        If the shape is wrong, or nodes are constant or not finite.

    Examples
    --------
    >>> import numpy as np
    >>> import neuro
    >>> series = np.random.default_rng(0).standard_normal((50, 3))
    >>> signals = neuro.graphs.standardize(series)
    >>> bool(np.allclose(signals @ signals.T, np.corrcoef(series.T), atol=1e-6))
    True
    """
    if series.ndim != 2 or series.shape[0] < 3 or series.shape[1] < 2:
        raise ValueError(
            f"{where}: must have shape (n_times >= 3, n_nodes >= 2), got {series.shape}"
        )
    rows: Floats = np.array(series.T, dtype=np.float64)
    _refuse(np.asarray(~np.isfinite(rows).all(axis=1)), "are not finite", where, names)
    largest = np.abs(rows).max(axis=1)
    rows -= rows.mean(axis=1, keepdims=True)
    norms = np.linalg.norm(rows, axis=1)
    tiny = 100 * np.finfo(np.dtype(series.dtype)).eps * largest * np.sqrt(rows.shape[1])
    _refuse(norms <= tiny, "have zero variance", where, names)
    rows /= norms[:, None]
    return rows.astype(np.float32)


def _refuse(wrong: NDArray[np.bool_], what: str, where: str, names: Sequence[str] | None) -> None:
    if not wrong.any():
        return
    at = np.flatnonzero(wrong)
    some = ", ".join(str(i) if names is None else names[i] for i in at[:MOST_NAMED])
    more = ", ..." if at.size > MOST_NAMED else ""
    raise ValueError(
        f"{where}: {at.size} of {wrong.size} nodes {what} (nodes {some}{more}): they have no "
        "correlation; leave them out of the mask (`preprocess.mask.bad_voxels: drop`)"
    )


def effective_length(signals: Signals, max_lag: int | None = None) -> float:
    """Number of independent samples that the series are worth (Bartlett 1935).

    Slow fluctuations spread chance correlations: with autocorrelation rho(k), averaged over
    nodes, T samples are worth T / (1 + 2 sum (1 - k/T) rho(k)^2).

    Parameters
    ----------
    signals : ndarray, shape (n_nodes, n_times)
        Of :func:`standardize`.
    max_lag : int | None
        Last lag; None for a quarter of the series.

    Returns
    -------
    n : float
        Between 3 and `n_times`.
    """
    n_times = signals.shape[1]
    lags = range(1, (n_times // 4 if max_lag is None else max_lag) + 1)
    rho = np.array(
        [float(np.einsum("it,it->", signals[:, k:], signals[:, :-k])) for k in lags]
    ) / len(signals)
    weight = 1 - np.array(lags) / n_times
    return float(np.clip(n_times / (1 + 2 * (weight * rho**2).sum()), 3, n_times))
