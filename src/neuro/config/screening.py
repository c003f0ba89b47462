"""`datasets.<name>.screening`: which of many features tell about an outcome."""

from typing import Literal, Self

from pydantic import Field, model_validator

from neuro.config.base import Strict

Method = Literal[
    "kde_score", "pearson", "spearman", "distance", "kde", "knn", "binning", "gaussian"
]


class Prediction(Strict):
    """How well the features predict the outcome of subjects that were not seen."""

    n_splits: int = Field(5, ge=2, le=20, description="Outer folds.")
    n_repeats: int = Field(10, ge=1, description="Times that subjects are dealt anew into folds.")
    n_features: list[int] = Field(
        [10, 30, 100],
        min_length=1,
        description="Numbers of features among which inner folds choose.",
    )
    inner_splits: int = Field(3, ge=2, le=10, description="Inner folds.")
    redundancy: Literal["mrmr", "jmim"] | None = Field(
        None,
        description="Criterion that chooses among the best features those that say something new; "
        "null: the best are taken as they are.",
    )
    n_candidates: int = Field(
        200, ge=1, description="Features that the criterion chooses from: the best by `score`."
    )
    n_permutations: int = Field(
        20,
        ge=0,
        description="Runs with permuted outcomes, of which each gives a value of chance.",
    )


class Map(Strict):
    """How features lie in the brain, read off their names."""

    kind: Literal["none", "connectome", "tracts", "voxels"] = Field(
        "none",
        description="`connectome`: names are pairs of regions; `tracts`: a measure, a tract and "
        "a node of it; `voxels`: numbers of voxels in the mask beside the table, `_mask.nii.gz`.",
    )
    pattern: str | None = Field(
        None,
        description="Regular expression with groups `a`, `b` (connectome), `measure`, `tract`, "
        "`node` (tracts) or `voxel` (from 0, in the order of nilearn's maskers); null for `a-b`, "
        "`measure tract node`, or the number that the name ends in.",
    )
    underlay: Literal["mask", "mni152"] = Field(
        "mask",
        description="What voxels are drawn on: their mask, or nilearn's template where the mask "
        "is in that space.",
    )

    @property
    def expression(self) -> str:
        """The regular expression that is used."""
        if self.pattern is not None:
            return self.pattern
        if self.kind == "connectome":
            return r"(?P<a>.+)-(?P<b>.+)"
        if self.kind == "voxels":
            return r".*?(?P<voxel>\d+)"
        return r"(?P<measure>\S+) (?P<tract>.+) (?P<node>\d+)"


class Screening(Strict):
    """Which of many features tell about an outcome."""

    outcome: str = Field(
        description="Column of the sidecar `_participants.tsv`, or else of the table itself."
    )
    outcome_kind: Literal["auto", "continuous", "categorical"] = Field(
        "auto",
        description="`auto`: text, and at most 10 different whole numbers, are categories.",
    )
    covariates: list[str] = Field(
        [],
        description="Columns that `adjust` accounts for; in the prediction they are taken out of "
        "the features (linearly), and predict alone.",
    )
    adjust: Literal["residualise", "conditional"] = Field(
        "residualise",
        description="How the ranking accounts for covariates. `residualise`: their linear part is "
        "taken out of features and outcome. `conditional`: information given the covariates; `knn` "
        "takes any, the other methods work within strata of categories.",
    )
    exclude: list[str] = Field([], description="Columns of the table that are no features.")
    drop_identifiers: bool = Field(
        True,
        description="Leave columns out that look like identifiers by their behavior; they are "
        "reported in either case.",
    )
    dataset: str | None = Field(
        None, description="HDF5: the dataset with the features; null for the only table."
    )
    score: Method = Field("kde_score", description="Method that ranks, and selects for prediction.")
    estimate: Literal["kde", "knn", "binning", "gaussian"] = Field(
        "kde", description="Method that estimates mutual information, nats."
    )
    compare: list[Method] = Field(
        ["pearson", "spearman", "distance", "knn", "binning"],
        description="Methods whose rankings are held against each other.",
    )
    n_neighbors: int = Field(3, ge=1, le=50, description="Neighbors of `knn`.")
    bins: Literal["birge-rozenholc", "freedman-diaconis", "sturges", "quantile"] = Field(
        "birge-rozenholc", description="Rule of `binning`."
    )
    n_permutations: int = Field(
        200, ge=0, description="Permutations of the outcome for p and the false discovery rate."
    )
    alpha: float = Field(0.05, gt=0, lt=1, description="Level of the false discovery rate.")
    stability_pairs: int = Field(
        25, ge=0, description="Pairs of complementary halves for stability; 0 for none."
    )
    stability_selected: int = Field(
        50, ge=1, description="Features that each half selects (at most a third of all)."
    )
    prediction: Prediction | None = Field(
        Prediction(), description="Prediction in nested cross-validation; null for none."
    )
    map: Map = Field(Map(), description="How features lie in the brain.")
    memory_mb: float = Field(64.0, gt=0, description="Memory of the features in work, MB.")

    @model_validator(mode="after")
    def _columns_once(self) -> Self:
        if self.outcome in self.covariates:
            raise ValueError(f"covariates: {self.outcome!r} is the outcome")
        if self.adjust == "conditional" and not self.covariates:
            raise ValueError("adjust: 'conditional' needs `covariates` to condition on")
        return self
