"""Logistic regression without checks."""

import numpy as np
from sklearn.linear_model import LogisticRegression

from neuro.stats.logistic import newton


def test_coefficients_are_those_of_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((40, 60))
    second = x[:, 0] + rng.standard_normal(40) > 0.5
    weight = 40 / (2 * np.where(second, second.sum(), (~second).sum()))
    penalty = np.append(np.full(60, 5.0), 0.0)
    rows = np.column_stack([x, np.ones(40)])
    w = newton(rows, np.where(second, 1.0, -1.0), weight, penalty, np.zeros(61))
    theirs = LogisticRegression(
        C=1 / 5, class_weight="balanced", solver="newton-cholesky", tol=1e-10
    ).fit(x, second)
    np.testing.assert_allclose(w[:-1], theirs.coef_[0], atol=1e-7)
    np.testing.assert_allclose(w[-1], theirs.intercept_[0], atol=1e-7)
