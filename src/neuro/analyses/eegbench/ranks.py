"""Mean ranks of methods over tasks, and how far they must lie apart."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.stats

ALPHA = 0.05


@dataclass(frozen=True)
class Ranking:
    """Ranks of methods.

    Parameters
    ----------
    ranks : mapping of str to float
        Mean rank of each method, 1 for the best; ties share their mean rank.
    difference : float
        Least difference of two mean ranks that is beyond chance (Nemenyi, level 5 %).
    n_blocks : int
        Tasks and splits that were ranked.
    p : float
        Friedman's test that all methods are alike.
    """

    ranks: Mapping[str, float]
    difference: float
    n_blocks: int
    p: float


def rank(scores: pd.DataFrame) -> Ranking | None:
    """Rank methods by their scores.

    Parameters
    ----------
    scores : DataFrame
        A row per task and split, a column per method; higher is better. Methods that lack a score
        are left out.

    Returns
    -------
    ranking : Ranking or None
        None for fewer than three methods or two tasks.

    Notes
    -----
    After Demšar (2006), Journal of Machine Learning Research 7:1-30.
    """
    complete = scores.dropna(axis="columns")
    n_blocks, n_methods = complete.shape
    if n_methods < 3 or n_blocks < 2:
        return None
    values = -complete.to_numpy(dtype=float)
    ranks = scipy.stats.rankdata(values, axis=1).mean(axis=0)
    q = scipy.stats.studentized_range.ppf(1 - ALPHA, n_methods, np.inf) / np.sqrt(2)
    difference = float(q * np.sqrt(n_methods * (n_methods + 1) / (6 * n_blocks)))
    p = float(scipy.stats.friedmanchisquare(*values.T).pvalue)
    names = [str(name) for name in complete.columns]
    return Ranking(dict(zip(names, ranks.tolist(), strict=True)), difference, n_blocks, p)
