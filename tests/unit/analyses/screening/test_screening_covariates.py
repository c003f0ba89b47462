"""What covariates explain is taken out, or conditioned on."""

import numpy as np
import pytest

from neuro.analyses.screening.covariates import conditional_knn, residuals
from neuro.stats.dependence.block import Block
from neuro.stats.dependence.methods import METHODS


def test_conditional_information_of_gaussians():
    rng = np.random.default_rng(11)
    cause = rng.normal(size=600)
    x = np.stack([cause, rng.normal(size=600)]) + 0.5 * rng.normal(size=(2, 600))
    y = Block((cause + x[1] + 0.5 * rng.normal(size=600))[None])
    given = conditional_knn(Block(x), y, cause[:, None])
    assert METHODS["knn"](Block(x), y)[0] > 0.1
    assert given[0] == pytest.approx(0, abs=0.03)
    # Given the cause, y is x plus noise: variances 1.25 and .25.
    assert given[1] == pytest.approx(0.5 * np.log(1.5 / 0.25), rel=0.15)


def test_residuals_are_those_of_least_squares():
    rng = np.random.default_rng(12)
    covariates = rng.normal(size=(50, 2))
    values = rng.normal(size=(3, 50)) + covariates[:, 0]
    design = np.column_stack([np.ones(50), covariates])
    fitted = design @ np.linalg.lstsq(design, values.T, rcond=None)[0]
    np.testing.assert_allclose(residuals(values, covariates), values - fitted.T, atol=1e-12)
    assert not residuals(covariates.T, covariates).any()
