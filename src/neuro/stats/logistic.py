"""Logistic regression of two classes with a ridge, without the checks that take longer than it."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

Floats = NDArray[np.float64]


def newton(rows: Floats, target: Floats, weight: Floats, penalty: Floats, start: Floats) -> Floats:
    """Minimize `sum(weight log(1 + exp(-target (rows @ w)))) + sum(penalty w^2) / 2`.

    Newton's method with damped steps, until rounding is what is left.

    Parameters
    ----------
    rows : ndarray, shape (n_samples, n_columns)
        Features, and a column of ones where there is an intercept.
    target : ndarray, shape (n_samples,)
        -1 or 1.
    weight : ndarray, shape (n_samples,)
        Of each sample.
    penalty : ndarray, shape (n_columns,)
        Of each coefficient; 0 for an intercept.
    start : ndarray, shape (n_columns,)
        Where the search begins.

    Returns
    -------
    w : ndarray, shape (n_columns,)
    """
    w = start
    margin = target * (rows @ w)
    now = _loss(margin, weight, penalty, w)
    for _ in range(100):
        chance = expit(-margin)
        gradient = penalty * w - rows.T @ (weight * target * chance)
        hessian = (rows.T * (weight * chance * (1 - chance))) @ rows
        hessian.flat[:: len(w) + 1] += penalty
        step = np.linalg.solve(hessian, gradient)
        size, along = 1.0, target * (rows @ step)
        while (
            after := _loss(margin - size * along, weight, penalty, w - size * step)
        ) > now and size > 1e-6:
            size /= 2
        w, margin = w - size * step, margin - size * along
        if float(gradient @ step) < 1e-14 * max(1.0, now):
            break
        now = after
    return w


def _loss(margin: Floats, weight: Floats, penalty: Floats, w: Floats) -> float:
    return float(weight @ np.logaddexp(0, -margin) + penalty @ w**2 / 2)
