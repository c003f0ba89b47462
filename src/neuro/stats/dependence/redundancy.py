"""Selection that minds redundancy: a feature that says what another has said adds little.

mRMR (Peng, Long & Ding, 2005) takes relevance less the mean redundancy with what was selected; JMIM
(Bennasar, Hicks & Setchi, 2015) the least joint information with any one that was.
"""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from neuro.stats.compiled import compiled
from neuro.stats.dependence.block import Block, Floats, Ints
from neuro.stats.dependence.contingency import corrected_information

Criterion = Literal["mrmr", "jmim"]


def select(
    candidates: Block, outcome: Block, n_selected: int, criterion: Criterion, relevance: Floats
) -> NDArray[np.intp]:
    """Select features one after the other.

    Parameters
    ----------
    candidates : Block
        Features to choose from, complete; best a few hundred that screening has left.
    outcome : Block
        The outcome.
    n_selected : int
        How many.
    criterion : {'mrmr', 'jmim'}
        By what.
    relevance : ndarray, shape (n_candidates,)
        Mutual information with the outcome, nats; begins, and counts in mRMR.

    Returns
    -------
    selected : ndarray of int, shape (n_selected,)
        Indices of candidates in the order of selection.

    Raises
    ------
    ValueError
        If more are asked for than there are, or the criterion is unknown.
    """
    if criterion not in ("mrmr", "jmim"):
        raise ValueError(f"criterion must be 'mrmr' or 'jmim', got {criterion!r}")
    if not 1 <= n_selected <= len(candidates):
        raise ValueError(f"n_selected must be from 1 to {len(candidates)}, got {n_selected}")
    if criterion == "mrmr":
        return _mrmr(candidates, n_selected, relevance)
    return _jmim(candidates, outcome, n_selected, relevance)


def _mrmr(candidates: Block, n_selected: int, relevance: Floats) -> NDArray[np.intp]:
    scores = Block(candidates.ranks.astype(np.float64)).standard
    total = np.zeros(len(candidates))
    left = np.ones(len(candidates), bool)
    selected = [int(np.argmax(relevance))]
    left[selected] = False
    while len(selected) < n_selected:
        r = np.minimum((scores @ scores[selected[-1]] / candidates.n) ** 2, 1 - 1e-12)
        total += -0.5 * np.log1p(-r)
        worth = np.where(left, relevance - total / len(selected), -np.inf)
        selected.append(int(np.argmax(worth)))
        left[selected[-1]] = False
    return np.array(selected, dtype=np.intp)


def _jmim(
    candidates: Block, outcome: Block, n_selected: int, relevance: Floats
) -> NDArray[np.intp]:
    # Few levels: a joint table of two features and the outcome must stay filled.
    n_levels = int(np.clip(round((candidates.n / 5) ** (1 / 3)), 2, 6))
    codes = _coarse(candidates, n_levels)
    target = outcome.codes[0] if outcome.categorical else _coarse(outcome, n_levels)[0]
    n_targets = int(target.max()) + 1
    least = np.full(len(candidates), np.inf)
    left = np.ones(len(candidates), bool)
    selected = [int(np.argmax(relevance))]
    left[selected] = False
    while len(selected) < n_selected:
        pairs = codes * (int(codes.max()) + 1) + codes[selected[-1]]
        joint = corrected_information(pairs, target, int(pairs.max()) + 1, n_targets)
        least = np.minimum(least, joint)
        selected.append(int(np.argmax(np.where(left, least, -np.inf))))
        left[selected[-1]] = False
    return np.array(selected, dtype=np.intp)


def _coarse(block: Block, n_levels: int) -> Ints:
    """Codes of quantities cut into as many equal parts of their ranks; categories stay."""
    if block.categorical:
        return block.codes
    out = np.empty_like(block.ranks)
    _cut(block.ranks, n_levels, out)
    return out


@compiled
def _cut(ranks: Ints, n_levels: int, out: Ints) -> None:
    n_variables, n = ranks.shape
    for b in range(n_variables):
        for s in range(n):
            out[b, s] = min(ranks[b, s] * n_levels // (2 * n - 1), n_levels - 1)
