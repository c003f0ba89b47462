"""Generalized extreme studentized deviate test for several outliers.

Rosner B (1983). Percentage points for a generalized ESD many-outlier procedure. Technometrics,
25(2), 165-172.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student


def gesd(
    values: NDArray[np.float64], alpha: float, max_outliers: int, *, two_sided: bool = False
) -> NDArray[np.bool_]:
    """Find outliers of a normal sample.

    Parameters
    ----------
    values : ndarray, shape (n,)
        The sample; the approximation of the critical values is good from n = 25 on.
    alpha : float
        Probability that a sample without outliers seems to have any.
    max_outliers : int
        Most outliers looked for.
    two_sided : bool
        Whether outliers lie on either side, or are large values alone.

    Returns
    -------
    outliers : ndarray of bool, shape (n,)
        Which values are outliers.
    """
    n = len(values)
    remaining = np.arange(n)
    order: list[int] = []
    found = 0
    for i in range(1, min(max_outliers, n - 2) + 1):
        part = values[remaining]
        spread = part.std(ddof=1)
        if spread == 0:
            break
        deviation = part - part.mean()
        where = int(np.argmax(np.abs(deviation) if two_sided else deviation))
        statistic = abs(deviation[where]) / spread
        tail = alpha / (n - i + 1) / (2 if two_sided else 1)
        quantile = student.ppf(1 - tail, n - i - 1)
        critical = (n - i) * quantile / np.sqrt((n - i - 1 + quantile**2) * (n - i + 1))
        order.append(int(remaining[where]))
        remaining = np.delete(remaining, where)
        if statistic > critical:
            found = i
    outliers = np.zeros(n, dtype=bool)
    outliers[order[:found]] = True
    return outliers
