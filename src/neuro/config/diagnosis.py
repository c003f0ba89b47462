"""`datasets.<name>.diagnosis`: two groups of subjects, told apart by their networks."""

from typing import Literal, Self

from pydantic import Field, model_validator

from neuro.config.base import Strict
from neuro.config.graphs import Measure

Classifier = Literal[
    "majority",
    "confounds",
    "pca_lda",
    "masked_pca_lda",
    "ridge",
    "screened_ridge",
    "logistic",
    "svm",
    "boosting",
    "maps_ridge",
    "tangent_ridge",
    "tangent_logistic",
]


class Diagnosis(Strict):
    """Two groups of subjects: their differences, and how well one is told from the other."""

    column: str = Field(
        "group",
        description="Column of participants.tsv with the groups; for a table of edges, of its "
        "`_participants.tsv` or of the table itself.",
    )
    classes: tuple[str, str] = Field(
        ("control", "patient"), description="The two groups; others are left out."
    )
    codes: dict[str, list[str]] = Field(
        {},
        description="Values of the column that a group stands for, where these are others than its "
        "name, e.g. `{control: ['0'], patient: ['1', '2', '3']}`.",
    )
    site: str | None = Field(None, description="Column with the site; null for one site.")
    confounds: list[str] = Field(
        [],
        description="Columns that could explain the groups, e.g. age; of text, every value but one "
        "becomes a column of 0 and 1.",
    )
    features: Measure | Literal["edges"] | None = Field(
        None,
        description="What classifiers of features see: a map at the first threshold, or the "
        "connections of all regions; null for `cycles3`, and `edges` of a table.",
    )
    classifiers: list[Classifier] = Field(
        ["majority", "confounds", "masked_pca_lda", "ridge", "tangent_ridge"],
        min_length=1,
        description="What is compared; `screened_` selects features by mutual information, in "
        "training; `maps_` sees all maps at all thresholds, `tangent_` the regions' connectivity.",
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
        100,
        ge=0,
        description="Permutations of the labels, for each classifier a whole nested validation.",
    )
    pattern: str = Field(
        "(?P<a>.+)-(?P<b>.+)",
        description="Of a table: regular expression for the names of edges, with groups `a`, `b`.",
    )

    fisher_z: bool = Field(
        False, description="Of a table: edges are Fisher's z, of which correlations are made."
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.site is None and (self.group_by == "site" or self.harmonize):
            raise ValueError("group_by: site and harmonize need `site`, the column with the site")
        if self.classes[0] == self.classes[1]:
            raise ValueError(f"classes: must differ, got {list(self.classes)}")
        if unknown := sorted(set(self.codes) - set(self.classes)):
            raise ValueError(f"codes: {unknown} are no groups; `classes` are {list(self.classes)}")
        told = [code for codes in self.codes.values() for code in codes]
        if twice := sorted({code for code in told if told.count(code) > 1}):
            raise ValueError(f"codes: {twice} stand for both groups, or twice for one")
        if twice := sorted({self.column, self.site or ""} & set(self.confounds)):
            raise ValueError(f"confounds: {twice} are the groups or the site themselves")
        return self
