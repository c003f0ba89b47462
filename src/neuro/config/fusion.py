"""Section `fusion`, and `datasets.<name>.fusion`: functional and diffusion MRI together."""

from typing import Literal, Self

from pydantic import Field, model_validator

from neuro.config.base import Strict

FusionMethod = Literal[
    "function_ridge",
    "structure_ridge",
    "early",
    "late",
    "cca",
    "mkl",
    "snf",
    "tangent_ridge",
    "transformer",
    "products",
    "kernel_product",
]


class Fusion(Strict):
    """The fusion model, and what it is compared with."""

    n_networks: int = Field(16, ge=1, description="Networks of regions that an encoder learns.")
    n_encoders: int = Field(
        4, ge=1, description="Encoders of a fold, which begin elsewhere; scores are their mean."
    )
    n_steps: int = Field(80, ge=1, description="Steps in which encoders are trained.")
    rate: float = Field(0.1, gt=0, description="Rate of the first step.")
    dropout: float = Field(
        0.2, ge=0, lt=1, description="Share of regions that each input does without in a step."
    )
    temperature: float = Field(0.3, ge=0.05, description="Temperature of InfoNCE.")
    alignments: list[Literal["function", "structure", "modalities"]] = Field(
        ["function", "structure"],
        description="What InfoNCE aligns: maps with matrices of fMRI (`function`), of diffusion "
        "MRI (`structure`), the product of both modalities with their sum (`modalities`).",
    )
    interactions: list[Literal["additive", "networks", "cross"]] = Field(
        ["additive", "networks"],
        min_length=1,
        description="Terms of the log-odds: states of networks, products of both modalities' "
        "states of a network, and products across networks.",
    )
    shared: bool = Field(True, description="Whether both modalities have the same networks.")
    nonnegative: bool = Field(True, description="Whether networks' weights are nonnegative.")
    methods: list[FusionMethod] = Field(
        [
            "function_ridge",
            "structure_ridge",
            "early",
            "late",
            "cca",
            "mkl",
            "snf",
            "tangent_ridge",
            "transformer",
            "products",
            "kernel_product",
        ],
        description="What fusion is compared with.",
    )
    ablation: bool = Field(True, description="Whether every term is switched, one at a time.")
    average_directions: bool = Field(
        False,
        description="Of matching: whether connectomes that are not symmetric, as probabilistic "
        "tractography gives them, are averaged over both directions; else they are an error.",
    )
    n_permutations: int = Field(
        39, ge=0, description="Permutations of the labels; the model's heads are trained anew."
    )


class FusionGroups(Strict):
    """Which two groups are told apart."""

    incomplete: Literal["drop", "impute"] = Field(
        "drop",
        description="People who lack a modality, or values of some regions, are left out, and "
        "listed; or kept, with the mean of others.",
    )
    column: str = Field("group", description="Column of participants.tsv with the groups.")
    classes: tuple[str, str] = Field(
        ("control", "patient"), description="The two groups; others are left out."
    )
    site: str | None = Field(None, description="Column with the site; null for one site.")
    group_by: Literal["site", "subject"] = Field(
        "subject", description="What is never on both sides of a split."
    )
    confounds: list[str] = Field(
        [], description="Columns with numbers that are regressed out of all features, in training."
    )
    n_folds: int = Field(5, ge=2, description="Outer folds.")
    n_inner: int = Field(4, ge=2, description="Inner folds.")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.group_by == "site" and self.site is None:
            raise ValueError("group_by: site needs `site`, the column with the site")
        if self.classes[0] == self.classes[1]:
            raise ValueError(f"classes: must differ, got {list(self.classes)}")
        return self


class FusionTable(FusionGroups):
    """Which maps of a table, and which two groups are told apart."""

    function_maps: list[str] = Field(
        [], description="Maps of fMRI: columns `<map> <region>`, e.g. `alff L1`."
    )
    structure_maps: list[str] = Field(
        [], description="Maps of diffusion MRI, likewise, e.g. `fa CST 001`."
    )

    @model_validator(mode="after")
    def _some_maps(self) -> Self:
        if not self.function_maps and not self.structure_maps:
            raise ValueError("function_maps, structure_maps: name at least one map")
        return self


class FusionCohort(FusionGroups):
    """Which features of whom, and which two groups are told apart."""

    atlas: str | None = Field(
        None,
        description="Label of the atlas in file names, `_seg-<atlas>_`; null where there is one.",
    )
    function_maps: list[str] = Field(
        ["alff"], description="Regional maps in `func`, by `_stat-<name>_` in file names."
    )
    function_matrix: str | None = Field(
        "pearsoncorrelation", description="Matrix in `func`, by `_stat-<name>_`; null for none."
    )
    structure_maps: list[str] = Field(
        ["fa"], description="Regional maps in `dwi`, by `_stat-<name>_`."
    )
    structure_matrix: str | None = Field(
        "streamlines", description="Matrix in `dwi`, by `_stat-<name>_`; null for none."
    )
    counts: bool = Field(
        True, description="Whether the structural matrix holds counts, of which the logarithm is "
        "taken.",
    )  # fmt: skip
