"""Screening as a step of scikit-learn, so that it is fitted on training data alone."""

from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.feature_selection import SelectorMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from neuro.stats.dependence.block import Block, Floats
from neuro.stats.dependence.matrix import LEAST, ranking, strengths
from neuro.stats.dependence.methods import Options, get_method
from neuro.stats.dependence.outcome import Kind, check_outcome
from neuro.stats.dependence.redundancy import select


class ScreeningSelector(SelectorMixin, BaseEstimator):  # type: ignore[misc]
    """Select the features with the largest scores.

    Parameters
    ----------
    method : str
        One of :data:`~neuro.stats.dependence.methods.METHODS`.
    n_features_to_select : int or float
        How many; below 1, the share of all. More than there are means all.
    redundancy : {None, 'mrmr', 'jmim'}
        Criterion that chooses among the best `n_candidates`.
    n_candidates : int
        Features that the criterion chooses from.
    outcome_kind : {'auto', 'continuous', 'categorical'}
        What the outcome is.
    n_neighbors : int
        Neighbors of `knn`.
    bins : str
        Rule of `binning`.
    n_jobs : int
        Threads.

    Attributes
    ----------
    scores_ : ndarray, shape (n_features,)
        Score, or estimate in nats.
    selected_ : ndarray of int
        Selected features, best first.
    """

    def __init__(
        self,
        method: str = "kde_score",
        n_features_to_select: float = 20,
        redundancy: Literal["mrmr", "jmim"] | None = None,
        n_candidates: int = 200,
        outcome_kind: Kind = "auto",
        n_neighbors: int = 3,
        bins: str = "birge-rozenholc",
        n_jobs: int = 1,
    ) -> None:
        self.method = method
        self.n_features_to_select = n_features_to_select
        self.redundancy = redundancy
        self.n_candidates = n_candidates
        self.outcome_kind = outcome_kind
        self.n_neighbors = n_neighbors
        self.bins = bins
        self.n_jobs = n_jobs

    def fit(self, X: Any, y: Any) -> Self:
        """Screen the features.

        Parameters
        ----------
        X : array-like, shape (n_samples, n_features)
            NaN is missing.
        y : array-like, shape (n_samples,)
            The outcome.

        Raises
        ------
        ValueError
            If a value is infinite, there are less than 8 samples, or the outcome cannot be used.
        """
        method = get_method(self.method)
        X, y = validate_data(
            self, X, y, ensure_all_finite="allow-nan", ensure_min_samples=LEAST, dtype=np.float64
        )
        outcome = check_outcome(y, self.outcome_kind, "y")
        options = Options(self.n_neighbors, self.bins)
        self.scores_ = strengths(X, outcome, method, options, n_jobs=self.n_jobs)
        wanted = self._wanted(X.shape[1])
        best = ranking(self.scores_)[: max(wanted, self.n_candidates if self.redundancy else 0)]
        if self.redundancy and wanted < len(best):
            best = best[self._without_redundancy(X, outcome, best, wanted)]
        self.selected_ = best[:wanted]
        return self

    def _wanted(self, n_features: int) -> int:
        wanted = self.n_features_to_select
        if wanted <= 0:
            raise ValueError(f"n_features_to_select must be above 0, got {wanted}")
        if wanted < 1:
            return max(1, round(wanted * n_features))
        return min(int(wanted), n_features)

    def _without_redundancy(
        self, X: Floats, outcome: Block, best: NDArray[np.intp], wanted: int
    ) -> NDArray[np.intp]:
        values = X[:, best].T
        # Joint tables need complete features: a missing value takes the middle of its feature.
        middle = np.nan_to_num(np.nanmedian(values, axis=1, keepdims=True))
        block = Block(np.where(np.isnan(values), middle, values))
        relevance = get_method("gaussian" if self.method == "pearson" else "binning")(
            block, outcome
        )
        criterion = self.redundancy or "mrmr"
        return select(block, outcome, wanted, criterion, relevance)

    def _get_support_mask(self) -> NDArray[np.bool_]:
        check_is_fitted(self, "selected_")
        mask = np.zeros(self.n_features_in_, bool)
        mask[self.selected_] = True
        return mask

    def __sklearn_tags__(self) -> Any:
        """Tell scikit-learn that an outcome is needed, and that values may be missing."""
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.input_tags.allow_nan = True
        return tags
