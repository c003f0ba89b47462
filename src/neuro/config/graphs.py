"""Section `graphs`: networks of voxels or regions, their features, and diagnosis from them."""

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
Classifier = Literal[
    "majority",
    "confounds",
    "pca_lda",
    "masked_pca_lda",
    "ridge",
    "logistic",
    "svm",
    "boosting",
    "tangent_ridge",
    "tangent_logistic",
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


class Diagnosis(Strict):
    """Two groups of subjects: their differences, and how well one is told from the other."""

    column: str = Field("group", description="Column of participants.tsv with the groups.")
    classes: tuple[str, str] = Field(
        ("control", "patient"), description="The two groups; others are left out."
    )
    site: str | None = Field(None, description="Column with the site; null for one site.")
    confounds: list[str] = Field(
        [], description="Numeric columns that could explain the groups, e.g. age."
    )
    measure: Measure = Field(
        "cycles3", description="Map that classifiers of features see, at the first threshold."
    )
    classifiers: list[Classifier] = Field(
        ["majority", "confounds", "masked_pca_lda", "ridge", "tangent_ridge"],
        min_length=1,
        description="What is compared; `tangent_` ones see the regions' connectivity.",
    )
    group_by: Literal["site", "subject"] = Field(
        "subject", description="What is never on both sides of a split."
    )
    n_folds: int = Field(10, ge=2, description="Outer folds.")
    n_inner: int = Field(4, ge=2, description="Inner folds, in which parameters are chosen.")
    harmonize: bool = Field(
        False, description="ComBat over sites, fitted within each fold; confounds are kept."
    )
    region_size: float = Field(
        20.0, gt=0, description="Edge of the cubes that are the region mask's regions, mm."
    )
    mask_share: float = Field(
        0.25, gt=0, le=1, description="Share of the regions that the region mask keeps."
    )
    n_permutations: int = Field(
        100, ge=0, description="Permutations of the labels, each a whole nested validation."
    )

    @model_validator(mode="after")
    def _site_is_there(self) -> Self:
        if self.site is None and (self.group_by == "site" or self.harmonize):
            raise ValueError("group_by: site and harmonize need `site`, the column with the site")
        if self.classes[0] == self.classes[1]:
            raise ValueError(f"classes: must differ, got {list(self.classes)}")
        return self


class Graphs(Strict):
    """From time courses to networks, feature maps, and diagnosis."""

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
        1000, ge=1, description="Permutations of group differences between maps."
    )
    diagnosis: Diagnosis | None = Field(None, description="Two groups; null for none.")

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        if sorted(set(self.distances)) != self.distances or min(self.distances, default=0) < 0:
            raise ValueError(f"distances: must ascend from 0 or above, got {self.distances}")
        if self.diagnosis is not None and self.diagnosis.measure not in self.measures:
            raise ValueError(
                f"diagnosis.measure: '{self.diagnosis.measure}' is not among measures "
                f"{self.measures}"
            )
        return self
