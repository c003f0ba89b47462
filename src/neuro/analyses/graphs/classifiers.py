"""The classifiers of a diagnosis: the paper's and modern ones, and what they must beat."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

Inputs = Literal["features", "tangent", "confounds"]
Params = Mapping[str, Any]


@dataclass(frozen=True)
class Model:
    """A classifier with what is chosen in the inner folds.

    Parameters
    ----------
    label : str
        Its name in figures.
    inputs : str
        `features`, connectivity in `tangent` space, or `confounds` alone.
    make : callable
        From parameters and a seed to an estimator.
    grid : tuple of mapping
        Parameters that are tried.
    masked : bool
        Whether the region mask goes before it.
    path : callable | None
        From training features, labels and new features to the scores of all parameters at once,
        equal to those of the estimators; None where there is no such short cut.
    """

    label: str
    inputs: Inputs
    make: Callable[[Params, int], Any]
    grid: tuple[Params, ...] = ({},)
    masked: bool = False
    path: Callable[[Any, Any, Any], Any] | None = None


def _scaled(estimator: Any) -> Pipeline:
    return make_pipeline(StandardScaler(), estimator)


def _pca_lda(params: Params, seed: int) -> Pipeline:
    pca = PCA(params["variance"], svd_solver="full", random_state=seed)
    return make_pipeline(StandardScaler(), pca, LinearDiscriminantAnalysis())


def _ridge(params: Params, seed: int) -> Pipeline:
    return _scaled(RidgeClassifier(alpha=params["alpha"], class_weight="balanced"))


def _logistic(params: Params, seed: int) -> Pipeline:
    return _scaled(
        LogisticRegression(C=params["C"], class_weight="balanced", max_iter=2000, random_state=seed)
    )


def _svm(params: Params, seed: int) -> Pipeline:
    return _scaled(SVC(C=params["C"], kernel=params["kernel"], class_weight="balanced"))


def _boosting(params: Params, seed: int) -> HistGradientBoostingClassifier:
    return HistGradientBoostingClassifier(
        max_depth=params["depth"], max_iter=60, learning_rate=0.1, early_stopping=False,
        class_weight="balanced", random_state=seed,
    )  # fmt: skip


def _majority(params: Params, seed: int) -> DummyClassifier:
    return DummyClassifier(strategy="prior")


VARIANCES = tuple({"variance": v} for v in (0.5, 0.8, 0.95))
ALPHAS = tuple({"alpha": float(a)} for a in np.logspace(0, 5, 6))
COSTS = tuple({"C": float(c)} for c in np.logspace(-5, 1, 4))
MARGINS = tuple({"C": c, "kernel": k} for k in ("linear", "rbf") for c in (0.001, 0.1, 10.0))
DEPTHS = ({"depth": 1}, {"depth": 3})


def _ridge_path(X: Any, y: Any, new: Any) -> Any:
    """Scores of :func:`_ridge` for all `ALPHAS`, by one decomposition, shape (n_alphas, n_new)."""
    mean, scale = X.mean(axis=0), X.std(axis=0)
    scale = np.where(scale > 10 * np.finfo(float).eps * np.abs(mean), scale, 1.0)
    X, new = (X - mean) / scale, (new - mean) / scale
    target = np.where(y, 1.0, -1.0)
    weight = len(y) / (2 * np.where(y, y.sum(), (~y).sum()))
    root = np.sqrt(weight)
    center, level = weight @ X / weight.sum(), weight @ target / weight.sum()
    rows = root[:, None] * (X - center)
    values, vectors = np.linalg.eigh(rows @ rows.T)
    coded = vectors.T @ (root * (target - level))
    alphas = np.array([params["alpha"] for params in ALPHAS])
    dual = vectors @ (coded[:, None] / (np.maximum(values, 0)[:, None] + alphas))
    return ((new - center) @ (rows.T @ dual) + level).T


MODELS: dict[str, Model] = {
    "majority": Model("majority class", "features", _majority),
    "confounds": Model("confounds alone", "confounds", _logistic, COSTS),
    "pca_lda": Model("PCA-LDA", "features", _pca_lda, VARIANCES),
    "masked_pca_lda": Model("region mask, PCA-LDA", "features", _pca_lda, VARIANCES, masked=True),
    "ridge": Model("ridge", "features", _ridge, ALPHAS, path=_ridge_path),
    "logistic": Model("logistic regression", "features", _logistic, COSTS),
    "svm": Model("support vector machine", "features", _svm, MARGINS),
    "boosting": Model("gradient boosting", "features", _boosting, DEPTHS),
    "tangent_ridge": Model("ridge, tangent space", "tangent", _ridge, ALPHAS, path=_ridge_path),
    "tangent_logistic": Model("logistic regression, tangent space", "tangent", _logistic, COSTS),
}
"""Classifiers by the name that the configuration calls them."""


def decision(estimator: Any, X: Any) -> Any:
    """Scores that are positive where the second class is predicted."""
    if hasattr(estimator, "decision_function"):
        return np.asarray(estimator.decision_function(X), dtype=float)
    chance = estimator.predict_proba(X)[:, 1]
    return np.asarray(chance - 0.5, dtype=float)
