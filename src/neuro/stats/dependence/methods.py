"""All estimators under one interface, for quantities and categories on either side."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from neuro.stats.dependence import (
    contingency,
    distance,
    histogram,
    kde,
    kde_classes,
    linear,
    nearest,
)
from neuro.stats.dependence.block import Block, Floats

Function = Callable[[Block, Block], Floats]


@dataclass(frozen=True)
class Options:
    """What some methods may be told.

    Parameters
    ----------
    n_neighbors : int
        Neighbors of `knn`.
    bins : str
        Rule of `binning`, one of :data:`~neuro.stats.dependence.histogram.RULES`.
    """

    n_neighbors: int = 3
    bins: str = "birge-rozenholc"


@dataclass(frozen=True)
class Method:
    """A method of screening.

    Parameters
    ----------
    name : str
        Its name.
    product : str
        `estimate`: mutual information in nats; `score`: a number that only orders features.
    label : str
        For axes and texts.
    by_rank : bool
        Whether only ranks count: features without ties then have one null distribution.
    """

    name: str
    product: Literal["estimate", "score"]
    label: str
    by_rank: bool = False

    def __call__(self, x: Block, y: Block, options: Options | None = None) -> Floats:
        """Score or estimate for each variable of `x` with the one of `y`.

        Parameters
        ----------
        x : Block
            Features, complete.
        y : Block
            The outcome, complete.
        options : Options, optional
            What the method may be told.

        Returns
        -------
        values : ndarray, shape (n_features,)
            Nats for an estimate; constant features get 0.
        """
        if not len(x):
            return x.values[:, 0]
        chosen = _function(self.name, x, y, options or Options())
        values = chosen(x, y)
        values[x.values.min(1) == x.values.max(1)] = 0.0
        return values


METHODS = {
    method.name: method
    for method in (
        Method("kde_score", "score", "KDE score", by_rank=True),
        Method("pearson", "score", "absolute correlation"),
        Method("spearman", "score", "absolute rank correlation", by_rank=True),
        Method("distance", "score", "distance correlation"),
        Method("kde", "estimate", "KDE estimate", by_rank=True),
        Method("knn", "estimate", "nearest neighbors"),
        Method("binning", "estimate", "binning"),
        Method("gaussian", "estimate", "Gaussian"),
    )
}
"""The methods by name: scores, then estimates."""
ESTIMATES = tuple(name for name, method in METHODS.items() if method.product == "estimate")
SCORES = tuple(name for name, method in METHODS.items() if method.product == "score")


def get_method(name: str) -> Method:
    """A method by its name.

    Raises
    ------
    ValueError
        If there is none of that name.
    """
    try:
        return METHODS[name]
    except KeyError:
        raise ValueError(
            f"method must be one of {sorted(METHODS)}, got {name!r}; estimates (nats): "
            f"{list(ESTIMATES)}; scores: {list(SCORES)}"
        ) from None


def _function(name: str, x: Block, y: Block, options: Options) -> Function:
    both, one = x.categorical and y.categorical, x.categorical != y.categorical
    match name:
        case "kde_score" | "kde" | "knn" if both:
            return contingency.contingency
        case "kde_score":
            return kde_classes.class_score if one else kde.kde_score
        case "kde":
            return kde_classes.class_estimate if one else kde.kde_estimate
        case "knn":
            neighbors = nearest.knn_classes if one else nearest.knn
            return lambda a, b: neighbors(a, b, options.n_neighbors)
        case "binning":
            return lambda a, b: histogram.binning(a, b, options.bins)
        case "gaussian":
            return linear.gaussian
        case "pearson":
            return linear.pearson
        case "spearman":
            return linear.spearman
        case _:
            return distance.distance_correlation
