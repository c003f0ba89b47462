"""Mutual information by binning; the number of bins follows a named rule."""

import numpy as np

from neuro.stats.compiled import compiled
from neuro.stats.dependence.block import Block, Floats, Ints
from neuro.stats.dependence.contingency import table_information, x_log_x

RULES = ("birge-rozenholc", "freedman-diaconis", "sturges", "quantile")
"""Regular histograms by penalized likelihood (Birgé & Rozenholc, 2006), by the interquartile range,
by the logarithm of n; `quantile`: n^(1/3) bins of as many samples each, so that ranks decide."""
MOST_BINS = 100


def binning(x: Block, y: Block, rule: str = "birge-rozenholc") -> Floats:
    """Mutual information of binned variables, less its bias after Miller and Madow.

    Parameters
    ----------
    x, y : Block
        Features and outcome; categories are bins already.
    rule : str
        One of :data:`RULES`.

    Returns
    -------
    information : ndarray, shape (n_features,)
        Nats.
    """
    plain, excess = _binned_information(x, y, rule)
    corrected: Floats = plain - excess
    return corrected


def binning_plain(x: Block, y: Block, rule: str = "birge-rozenholc") -> Floats:
    """As :func:`binning`, without the correction: biased upwards, more so with more bins."""
    return _binned_information(x, y, rule)[0]


def bins(block: Block, rule: str) -> Ints:
    """Bin of each sample, shape (n_variables, n_samples); a constant variable has one.

    Raises
    ------
    ValueError
        If there is no such rule.
    """
    if rule not in RULES:
        raise ValueError(f"the binning rule must be one of {RULES}, got {rule!r}")
    if block.categorical:
        return block.codes
    n = block.n
    if rule == "quantile":
        n_bins = int(np.clip(np.ceil(n ** (1 / 3)), 2, MOST_BINS))
        codes: Ints = np.minimum(block.ranks * n_bins // (2 * n - 1), n_bins - 1).astype(np.int32)
        return codes
    sorted_values = np.sort(block.values, axis=1)
    if rule == "birge-rozenholc":
        numbers = _birge_rozenholc(sorted_values, x_log_x(n))
    elif rule == "sturges":
        numbers = np.full(len(block), int(np.ceil(np.log2(n))) + 1)
    else:
        upper, lower = np.percentile(sorted_values, (75, 25), axis=1)
        width = 2 * (upper - lower) * n ** (-1 / 3)
        reach = sorted_values[:, -1] - sorted_values[:, 0]
        wanted = np.divide(reach, width, out=np.full(len(block), 2.0), where=width > 0)
        numbers = np.clip(np.ceil(wanted), 2, MOST_BINS - 1)
    return _equal_width(block.values, sorted_values[:, [0, -1]], numbers.astype(np.int64))


def _binned_information(x: Block, y: Block, rule: str) -> tuple[Floats, Floats]:
    first, second = bins(x, rule), bins(y, rule)[0]
    return table_information(first, second, int(first.max()) + 1, int(second.max()) + 1)


@compiled
def _equal_width(values: Floats, ends: Floats, numbers: Ints) -> Ints:
    n_variables, n = values.shape
    codes = np.zeros((n_variables, n), np.int32)
    for b in range(n_variables):
        low, reach = ends[b, 0], ends[b, 1] - ends[b, 0]
        if reach > 0:
            scale = numbers[b] / reach
            for s in range(n):
                codes[b, s] = min(int((values[b, s] - low) * scale), numbers[b] - 1)
    return codes


@compiled
def _birge_rozenholc(sorted_values: Floats, logs: Floats) -> Ints:
    """Bins that maximize the penalized likelihood, from 2 to 99.

    Counts of a bin are differences of the empirical distribution at its ends. A table of it on a
    fine grid tells almost where an end falls among the sorted values.
    """
    n_variables, n = sorted_values.shape
    numbers = np.full(n_variables, 2, np.int64)
    n_cells = 8 * n
    below = np.empty(n_cells + 2, np.int32)
    penalty = np.empty(100)
    for n_bins in range(2, 100):
        penalty[n_bins] = n * np.log(n_bins) - (n_bins - 1 + np.log(n_bins) ** 2.5)
    for b in range(n_variables):
        values = sorted_values[b]
        low, reach = values[0], values[n - 1] - values[0]
        if reach <= 0:
            continue
        below[:] = 0
        for i in range(n - 1):
            below[int((values[i] - low) * (n_cells / reach)) + 1] += 1
        for cell in range(n_cells):
            below[cell + 1] += below[cell]
        best = -np.inf
        for n_bins in range(2, 100):
            likelihood, previous = penalty[n_bins], 0
            width, cells = reach / n_bins, n_cells / n_bins
            for j in range(1, n_bins):
                end = low + width * j
                # Rounding may place a value that lies on an end on either side of it.
                i = max(below[int(cells * j)], previous)
                while values[i] < end:
                    i += 1
                likelihood += logs[i - previous]
                previous = i
            likelihood += logs[n - previous]
            if likelihood > best:
                best, numbers[b] = likelihood, n_bins
    return numbers
