"""What a classifier looks at, back in the space of its features."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuro.analyses.graphs.classifiers import MODELS
from neuro.analyses.graphs.validation import Predicted, seen
from neuro.analyses.graphs.views import Views

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Projected:
    """A classifier's features.

    Parameters
    ----------
    pattern : ndarray, shape (n_features,)
        Correlation of each feature with the out-of-fold scores, both less their fold's mean: what
        goes with a high score (Haufe et al. 2014), whatever the classifier.
    weights : ndarray, shape (n_features,) | None
        Weights, mean over outer folds, 0 where the region mask hides a feature; None where the
        classifier is not linear in these features.
    """

    pattern: Floats
    weights: Floats | None


def project(views: Views, name: str, predicted: Predicted) -> Projected:
    """Bring scores and weights back to the features.

    Parameters
    ----------
    views : Views
        In which the classifier was validated.
    name : str
        The classifier.
    predicted : Predicted
        Its predictions.
    """
    features = views.cohort.features
    residual, scores = features.copy(), predicted.scores.copy()
    for fold in np.unique(predicted.folds):
        here = predicted.folds == fold
        residual[here] -= residual[here].mean(axis=0)
        scores[here] -= scores[here].mean()
    size = np.sqrt((residual**2).sum(axis=0) * (scores**2).sum())
    shared = scores @ residual
    pattern = np.divide(shared, size, out=np.zeros_like(shared), where=size > 1e-12)
    return Projected(pattern, _weights(views, name, predicted))


def _weights(views: Views, name: str, predicted: Predicted) -> Floats | None:
    model, labels = MODELS[name], views.cohort.labels
    if model.inputs != "features":
        return None
    total = np.zeros(views.cohort.features.shape[1])
    for outer, params in zip(views.plan, predicted.chosen, strict=True):
        view = seen(views, model, outer.split, labels)
        estimator = model.make(params, 0).fit(view.fitted, labels[outer.split.train])
        # Estimators of another kernel have the attribute, but raise when it is asked for.
        if view.axes is None or not hasattr(estimator, "coef_"):
            return None
        own = view.axes.back(np.asarray(estimator.coef_, dtype=float).ravel())
        total[slice(None) if view.support is None else view.support] += own
    return total / len(views.plan)
