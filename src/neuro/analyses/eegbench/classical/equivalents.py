"""Faster classes in place of a library's, where they give the same numbers.

A pipeline names the field's classes and means what they mean; that these are replaced changes how
long it takes, and nothing else: tests hold each pair equal.
"""

from collections.abc import Callable
from typing import Any

from pyriemann import classification, estimation, spatialfilters, tangentspace
from sklearn.base import BaseEstimator
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from neuro.analyses.eegbench.classical import riemann, xdawn
from neuro.analyses.eegbench.classical.lda import ShrinkageLDA
from neuro.analyses.eegbench.classical.trialwise import Covariances

ESTIMATORS = ("scm", "lwf", "oas")


def _covariances(p: dict[str, Any]) -> BaseEstimator | None:
    return Covariances(p["estimator"]) if p["estimator"] in ESTIMATORS else None


def _xdawn(p: dict[str, Any]) -> BaseEstimator | None:
    plain = p["classes"] is None and p["baseline_cov"] is None and p["estimator"] in ESTIMATORS
    return xdawn.Xdawn(p["nfilter"], p["estimator"]) if plain else None


def _xdawn_covariances(p: dict[str, Any]) -> BaseEstimator | None:
    names = {p["estimator"], p["xdawn_estimator"]}
    plain = p["classes"] is None and p["baseline_cov"] is None and p["applyfilters"]
    if not plain or not names <= set(ESTIMATORS):
        return None
    return xdawn.XdawnCovariances(p["nfilter"], p["estimator"], p["xdawn_estimator"])


def _erp_covariances(p: dict[str, Any]) -> BaseEstimator | None:
    plain = p["classes"] is None and p["estimator"] in ESTIMATORS
    return xdawn.ERPCovariances(p["estimator"], p["svd"]) if plain else None


def _tangent_space(p: dict[str, Any]) -> BaseEstimator | None:
    return riemann.TangentSpace() if p["metric"] == "riemann" and not p["tsupdate"] else None


def _mdm(p: dict[str, Any]) -> BaseEstimator | None:
    return riemann.MDM() if p["metric"] == "riemann" else None


def _lda(p: dict[str, Any]) -> BaseEstimator | None:
    plain = p["solver"] == "lsqr" and p["shrinkage"] == "auto"
    free = all(p[name] is None for name in ("priors", "n_components", "covariance_estimator"))
    return ShrinkageLDA() if plain and free else None


EQUIVALENTS: dict[type, Callable[[dict[str, Any]], BaseEstimator | None]] = {
    estimation.Covariances: _covariances,
    estimation.XdawnCovariances: _xdawn_covariances,
    estimation.ERPCovariances: _erp_covariances,
    spatialfilters.Xdawn: _xdawn,
    tangentspace.TangentSpace: _tangent_space,
    classification.MDM: _mdm,
    LinearDiscriminantAnalysis: _lda,
}
"""What makes a faster one from a library class's parameters; None where it has no equal."""


def faster(step: BaseEstimator) -> BaseEstimator:
    """Replace a step by its faster equal, if it has one.

    Parameters
    ----------
    step : estimator
        Unfitted.
    """
    make = EQUIVALENTS.get(type(step))
    # Further keywords, which pyriemann hands on to its estimators, are not among its parameters.
    if make is None or getattr(step, "kwds", None):
        return step
    return make(step.get_params(deep=False)) or step
