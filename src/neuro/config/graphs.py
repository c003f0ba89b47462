"""Section `graphs`: networks of voxels or regions, and their feature maps."""

from typing import Literal, Self

from pydantic import Field, model_validator

from neuro.config.base import Strict
from neuro.config.steps import OneMethod

Measure = Literal[
    "degree",
    "strength",
    "signed_degree",
    "cycles3",
    "cycles4",
    "clustering",
    "eigenvector",
    "pagerank",
    "core",
    "local_efficiency",
]


class AbsoluteThreshold(Strict):
    """Correlations above a value."""

    r: float = Field(ge=0, lt=1, description="Correlation.")


class DensityThreshold(Strict):
    """The strongest correlations; their number is exact."""

    share: float = Field(gt=0, lt=1, description="Share of all pairs.")


class SignificanceThreshold(Strict):
    """Correlations that chance would hardly give."""

    alpha: float = Field(0.05, gt=0, lt=1, description="Level.")
    correction: Literal["none", "bonferroni", "fdr"] = Field(
        "bonferroni", description="Over all pairs; `fdr` after Benjamini and Hochberg."
    )
    n_effective: float | None = Field(
        None,
        gt=2,
        description="Independent samples of a recording; null for Bartlett's estimate from the "
        "autocorrelation.",
    )


class GraphThreshold(OneMethod):
    """Where edges begin: `{absolute: {r: .3}}`, `{density: {share: .05}}` or `{significance: {}}`.

    Recordings of different lengths may not be thresholded at one correlation.
    """

    absolute: AbsoluteThreshold | None = Field(None, description="Above a correlation.")
    density: DensityThreshold | None = Field(None, description="The strongest correlations.")
    significance: SignificanceThreshold | None = Field(None, description="By level.")


class Graphs(Strict):
    """From time courses to networks and feature maps."""

    nodes: Literal["auto", "voxels", "parcels"] = Field(
        "auto", description="What is connected; `auto` for voxels where there are any."
    )
    thresholds: list[GraphThreshold] = Field(
        [
            GraphThreshold(density=DensityThreshold(share=0.05)),
            GraphThreshold(density=DensityThreshold(share=0.1)),
        ],
        min_length=1,
        description="Where edges begin; figures show the first.",
    )
    sign: Literal["positive", "negative", "absolute"] = Field(
        "positive", description="Which correlations count."
    )
    measures: list[Measure] = Field(
        ["degree", "strength", "cycles3", "clustering", "eigenvector", "pagerank", "core"],
        min_length=1,
        description="Maps; `local_efficiency` and `cycles4` take long with many voxels.",
    )
    distances: list[float] = Field(
        [0, 20, 40],
        description="Lower ends of the bins of distance between neighbors, mm; the last is open. "
        "Empty for no such degree.",
    )
    n_volumes: int | None = Field(
        None, ge=3, description="Volumes of each recording that are used; null for all."
    )
    n_permutations: int = Field(
        1000,
        ge=1,
        description="Permutations of group differences, where datasets have a `diagnosis`.",
    )

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        if sorted(set(self.distances)) != self.distances or min(self.distances, default=0) < 0:
            raise ValueError(f"distances: must ascend from 0 or above, got {self.distances}")
        return self
