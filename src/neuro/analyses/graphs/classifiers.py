"""The classifiers of a diagnosis: the paper's and modern ones, and what they must beat.

What they see is scaled already, and most of them see coordinates on principal axes: see
:mod:`neuro.analyses.graphs.views`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from neuro.analyses.graphs.views import Inputs
from neuro.stats.dependence.selector import ScreeningSelector
from neuro.stats.logistic import newton

Params = Mapping[str, Any]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Model:
    """A classifier with what is chosen in the inner folds.

    Parameters
    ----------
    label : str
        Its name in figures.
    inputs : str
        `features`, node `maps`, connectivity in `tangent` space, or `confounds` alone.
    make : callable
        From parameters and a seed to an estimator.
    grid : tuple of mapping
        Parameters that are tried.
    masked : bool
        Whether the region mask goes before it.
    rotated : bool
        Whether it sees coordinates on principal axes, which leave its predictions as they are.
    path : callable | None
        From training data, labels, new data and sets of parameters to the scores of all of them,
        equal to those of the estimators; None where there is no such short cut.
    """

    label: str
    inputs: Inputs
    make: Callable[[Params, int], Any]
    grid: tuple[Params, ...] = ({},)
    masked: bool = False
    rotated: bool = True
    path: Callable[[Any, Any, Any, tuple[Params, ...]], Any] | None = None


class AxesLDA(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Linear discriminants of the first principal coordinates.

    Parameters
    ----------
    variance : float
        Share of the variance that the coordinates have together, at least.
    """

    def __init__(self, variance: float = 0.8) -> None:
        self.variance = variance

    def fit(self, X: Floats, y: NDArray[np.bool_]) -> "AxesLDA":
        """Fit to coordinates, the largest spread first."""
        share = np.cumsum(X.var(axis=0))
        n = int(np.searchsorted(share, self.variance * share[-1] * (1 - 1e-12))) + 1
        # With as many axes as subjects the spread within classes would be singular.
        n = max(1, min(n, X.shape[1], len(X) - 3))
        first, second = X[~y, :n], X[y, :n]
        means = first.mean(axis=0), second.mean(axis=0)
        apart = np.vstack([first - means[0], second - means[1]])
        within = apart.T @ apart / len(X)
        self.coef_ = np.zeros((1, X.shape[1]))
        self.coef_[0, :n] = np.linalg.lstsq(within, means[1] - means[0], rcond=1e-12)[0]
        middle = float(self.coef_[0, :n] @ (means[0] + means[1])) / 2
        self.intercept_ = np.array([np.log(len(second) / len(first)) - middle])
        self.classes_ = np.array([False, True])
        return self

    def decision_function(self, X: Floats) -> Floats:
        """Positive where the second class is predicted."""
        return np.asarray(X @ self.coef_[0] + self.intercept_[0])


def _axes_lda(params: Params, seed: int) -> AxesLDA:
    return AxesLDA(params["variance"])


def _ridge(params: Params, seed: int) -> RidgeClassifier:
    return RidgeClassifier(alpha=params["alpha"], class_weight="balanced")


def _logistic(params: Params, seed: int) -> LogisticRegression:
    return LogisticRegression(
        C=params["C"], class_weight="balanced", solver="newton-cholesky", tol=1e-8, max_iter=200
    )


def _svm(params: Params, seed: int) -> SVC:
    # Scaled features have variance 1: the sum of the coordinates' variances is their number.
    return SVC(C=params["C"], kernel=params["kernel"], gamma="scale", class_weight="balanced")


def _svm_path(X: Any, y: Any, new: Any, grid: tuple[Params, ...]) -> Any:
    """Scores of :func:`_svm`, without the checks that take longer than the fits."""
    weight = _balanced(y)[1]
    with config_context(assume_finite=True, skip_parameter_validation=True):
        fits = [
            SVC(C=params["C"], kernel=params["kernel"]).fit(X, y, sample_weight=weight)
            for params in grid
        ]
        return np.array([fit.decision_function(new) for fit in fits])


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
# Below these costs most subjects are on the margin's wrong side, and the intercept is arbitrary.
MARGINS = tuple(
    {"C": c, "kernel": k}
    for k, c in (("linear", 0.001), ("linear", 0.01), ("rbf", 1.0), ("rbf", 10.0))
)
COUNTS = (10, 30, 100)
SCORE = "kde_score"
"""Of :data:`neuro.stats.dependence.methods.METHODS`: orders features by mutual information."""
CHOICES = tuple({"n": n, **alpha} for n in COUNTS for alpha in ALPHAS)
DEPTHS = ({"depth": 1}, {"depth": 3})


def _screened(params: Params, seed: int) -> Pipeline:
    selector = ScreeningSelector(
        SCORE, n_features_to_select=params["n"], outcome_kind="categorical"
    )
    return make_pipeline(selector, StandardScaler(), _ridge(params, seed))


def _screened_path(X: Any, y: Any, new: Any, grid: tuple[Params, ...]) -> Any:
    """Scores of :func:`_screened`, by one screening and a decomposition for each number."""
    most = max(params["n"] for params in grid)
    screen = ScreeningSelector(SCORE, n_features_to_select=most, outcome_kind="categorical")
    order = screen.fit(X, y).selected_
    found = np.zeros((len(grid), len(new)))
    scaler = StandardScaler().fit(X)
    scaled = scaler.transform(X), scaler.transform(new)
    for n in {params["n"] for params in grid}:
        at = [k for k, params in enumerate(grid) if params["n"] == n]
        fitted, tested = (values[:, order[:n]] for values in scaled)
        found[at] = _ridge_path(fitted, y, tested, tuple(grid[k] for k in at))
    return found


def _balanced(y: Any) -> tuple[Any, Any]:
    """Targets of -1 and 1, and weights that give both classes the same say."""
    return np.where(y, 1.0, -1.0), len(y) / (2 * np.where(y, y.sum(), (~y).sum()))


def _ridge_path(X: Any, y: Any, new: Any, grid: tuple[Params, ...]) -> Any:
    """Scores of :func:`_ridge` for all alphas, by one decomposition, shape (n_alphas, n_new)."""
    target, weight = _balanced(y)
    root = np.sqrt(weight)
    center, level = weight @ X / weight.sum(), weight @ target / weight.sum()
    rows = root[:, None] * (X - center)
    values, vectors = np.linalg.eigh(rows @ rows.T)
    coded = vectors.T @ (root * (target - level))
    alphas = np.array([params["alpha"] for params in grid])
    dual = vectors @ (coded[:, None] / (np.maximum(values, 0)[:, None] + alphas))
    return ((new - center) @ (rows.T @ dual) + level).T


def _logistic_path(X: Any, y: Any, new: Any, grid: tuple[Params, ...]) -> Any:
    """Scores of :func:`_logistic` by Newton's method, each cost from the solution of the last."""
    target, weight = _balanced(y)
    rows = np.column_stack([X, np.ones(len(X))])
    penalty = np.ones(rows.shape[1])
    penalty[-1] = 0  # of the intercept
    w, found = np.zeros(rows.shape[1]), {}
    for at in sorted(range(len(grid)), key=lambda k: grid[k]["C"]):
        w = newton(rows, target, weight * grid[at]["C"], penalty, w)
        found[at] = new @ w[:-1] + w[-1]
    return np.array([found[at] for at in range(len(grid))])


MODELS: dict[str, Model] = {
    "majority": Model("majority class", "features", _majority),
    "confounds": Model("confounds alone", "confounds", _logistic, COSTS, path=_logistic_path),
    "pca_lda": Model("PCA-LDA", "features", _axes_lda, VARIANCES),
    "masked_pca_lda": Model("region mask, PCA-LDA", "features", _axes_lda, VARIANCES, masked=True),
    "ridge": Model("ridge", "features", _ridge, ALPHAS, path=_ridge_path),
    "screened_ridge": Model(
        "screening, ridge", "features", _screened, CHOICES, rotated=False, path=_screened_path
    ),
    "logistic": Model("logistic regression", "features", _logistic, COSTS, path=_logistic_path),
    "svm": Model("support vector machine", "features", _svm, MARGINS, path=_svm_path),
    "boosting": Model("gradient boosting", "features", _boosting, DEPTHS, rotated=False),
    "maps_ridge": Model("ridge, node maps", "maps", _ridge, ALPHAS, path=_ridge_path),
    "tangent_ridge": Model("ridge, tangent space", "tangent", _ridge, ALPHAS, path=_ridge_path),
    "tangent_logistic": Model(
        "logistic regression, tangent space", "tangent", _logistic, COSTS, path=_logistic_path
    ),
}
"""Classifiers by the name that the configuration calls them."""


def decision(estimator: Any, X: Any) -> Any:
    """Scores that are positive where the second class is predicted."""
    if hasattr(estimator, "decision_function"):
        return np.asarray(estimator.decision_function(X), dtype=float)
    chance = estimator.predict_proba(X)[:, 1]
    return np.asarray(chance - 0.5, dtype=float)
