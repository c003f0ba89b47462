"""The least that tokens of a simulation can cost: what one who knows its law pays."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr

from neuro.analyses.meggpt.tokenizers.residual import Residual
from neuro.datasets.rhythms import Simulated


def oracle_nats(tokenizer: Residual, session: Simulated, begin: int = 0) -> float:
    """Mean cost of a token for one who knows the law, the bursts and every earlier sample.

    A token is a cell of the prediction error; its probability is the mass of the true
    distribution of the sample there.

    Parameters
    ----------
    tokenizer : Residual
        Fitted.
    session : Simulated
        A session; its signals are standardized here as they were for the tokens.
    begin : int
        First sample that counts.

    Returns
    -------
    nats : float
        Mean negative log probability.
    """
    center = session.data.mean(axis=1, keepdims=True)
    scale = session.data.std(axis=1, keepdims=True)
    tokens = tokenizer.encode(((session.data - center) / scale).astype(np.float32))
    predicted = tokenizer.recursion(tokens) - tokenizer.levels[tokens]
    mean = (session.mean - center) / scale - predicted
    edges = np.concatenate([[-np.inf], -tokenizer.bounds[::-1], tokenizer.bounds, [np.inf]])
    spread = session.deviation / scale
    low, high = ((edges[tokens + i] - mean) / spread for i in (0, 1))
    return float(-_log_mass(low, high)[:, begin:].mean())


def _log_mass(low: NDArray[np.float64], high: NDArray[np.float64]) -> NDArray[np.float64]:
    """Logarithm of the normal distribution's mass between two bounds, exact in the tails."""
    flip = low > 0
    below, above = np.where(flip, -high, low), np.where(flip, -low, high)
    upper, lower = log_ndtr(above), log_ndtr(below)
    mass: NDArray[np.float64] = upper + np.log1p(-np.exp(np.minimum(lower - upper, -1e-12)))
    return mass
