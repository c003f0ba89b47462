"""`datasets.<name>.preprocess` of a dataset of modality `fmri`."""

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from neuro.config.base import Strict
from neuro.config.steps import OneMethod, bare_method

Band = Annotated[tuple[float, float], Field(description="Lower and upper edge, Hz.")]


class SliceTiming(Strict):
    """Bring all slices to one time within the volume, by cubic splines over time.

    Acquisition times come from SliceTiming of the recording's sidecar.
    """

    reference: float = Field(
        0.5, ge=0, le=1, description="Time that all slices are brought to, as a share of the TR."
    )


class Realign(Strict):
    """Rigid realignment of all volumes, by least squares (Friston et al. 1995)."""

    reference: Literal["mean", "first"] = Field(
        "mean",
        description="`first` volume, or the `mean` of all after a first pass to the first volume.",
    )
    fwhm: float = Field(5.0, gt=0, description="Smoothing of what is compared, FWHM in mm.")


class Coregister(Strict):
    """Bring the mean volume to the subject's T1w image, by mutual information (dipy)."""

    dof: Literal["rigid", "affine"] = Field(
        "rigid", description="`rigid`, or `affine` with scales and shears."
    )


class Normalize(Strict):
    """Bring the T1w image to nilearn's MNI152 template, and the volumes with it (dipy)."""

    resolution: int = Field(3, ge=1, le=8, description="Voxel size of the result, mm.")
    syn: bool = Field(
        False, description="Add a symmetric diffeomorphic registration (SyN) to the affine one."
    )


class FMRIStep(OneMethod):
    """One step of the light chain for raw volumes: `{method: {params}}`, exactly one method."""

    slice_timing: SliceTiming | None = Field(None, description="Slice timing.")
    realign: Realign | None = Field(None, description="Head motion.")
    coregister: Coregister | None = Field(None, description="Mean volume to T1w.")
    normalize: Normalize | None = Field(None, description="T1w to MNI152.")


class Mask(Strict):
    """Which voxels belong to the brain."""

    method: Literal["auto", "given", "epi", "all"] = Field(
        "auto",
        description="`given`: the recording's `_desc-brain_mask`, or `path`; `epi`: computed from "
        "the volumes' mean (nilearn); `auto`: given where there is one, else epi; `all` voxels.",
    )
    path: str | None = Field(
        None, description="NIfTI mask for all recordings, in the volumes' own grid; null for none."
    )
    bad_voxels: Literal["error", "drop"] = Field(
        "error",
        description="What constant or not finite voxels in the mask are: an error or left out.",
    )


class Confounds(Strict):
    """Regressors that are projected out of every time course."""

    strategy: list[
        Literal[
            "motion",
            "wm_csf",
            "global_signal",
            "compcor",
            "ica_aroma",
            "high_pass",
        ]
    ] = Field(
        [],
        description="Groups of fMRIPrep's confounds as nilearn's `load_confounds` names them; "
        "after our own `realign` only `motion` can be had.",
    )
    columns: list[str] = Field(
        [], description="Columns of the recording's confounds table by name, instead of `strategy`."
    )
    motion: Literal["basic", "power2", "derivatives", "full"] = Field(
        "full", description="6, 12, 12 or 24 motion regressors."
    )
    wm_csf: Literal["basic", "power2", "derivatives", "full"] = Field(
        "basic", description="Regressors of white matter and cerebrospinal fluid."
    )
    global_signal: Literal["basic", "power2", "derivatives", "full"] = Field(
        "basic", description="Regressors of the global signal."
    )
    compcor: Literal["anat_combined", "anat_separated", "temporal", "temporal_anat_combined"] = (
        Field("anat_combined", description="Which components `compcor` takes.")
    )
    n_compcor: int | Literal["all"] = Field(
        "all", description="How many components `compcor` takes of each mask."
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if bool(self.strategy) == bool(self.columns):
            raise ValueError("give either strategy or columns")
        return self


class Scrub(Strict):
    """Volumes with too much motion are left out of every estimate."""

    fd: float = Field(
        0.5, gt=0, description="Framewise displacement above which a volume is left out, mm."
    )
    before: int = Field(0, ge=0, description="Volumes left out before each such volume.")
    after: int = Field(0, ge=0, description="Volumes left out after each such volume.")
    min_segment: int = Field(
        5, ge=1, description="Stretches of fewer volumes between those left out go as well."
    )
    max_share: float = Field(
        0.5, gt=0, le=1, description="A recording that loses a larger share is an error."
    )


class Clean(Strict):
    """Detrending, filter, regression and scaling of time courses, as nilearn's `signal.clean`.

    Confounds are filtered like the signals (Lindquist et al. 2019), each run on its own.
    """

    detrend: bool = Field(True, description="Remove a linear trend.")
    high_pass: float | None = Field(None, gt=0, description="Lower edge, Hz; null for none.")
    low_pass: float | None = Field(None, gt=0, description="Upper edge, Hz; null for none.")
    standardize: Literal["zscore", "psc"] | None = Field(
        "zscore",
        description="`zscore`; `psc`, percent of the mean; null for the scanner's units.",
    )

    @model_validator(mode="after")
    def _edges(self) -> Self:
        if self.high_pass and self.low_pass and self.high_pass >= self.low_pass:
            raise ValueError(
                f"high_pass ({self.high_pass}) must be below low_pass ({self.low_pass})"
            )
        return self


class Maps(Strict):
    """Maps of the resting brain's local activity, as NIfTI."""

    kinds: list[Literal["alff", "falff", "reho"]] = Field(
        ["alff", "falff", "reho"],
        description="`alff`, amplitude of slow fluctuations; `falff`, its share of all "
        "frequencies; `reho`, Kendall's W of each voxel and its neighbours.",
    )
    band: Band = Field((0.01, 0.08), description="Band of `alff` and `falff`, Hz.")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not 0 < self.band[0] < self.band[1]:
            raise ValueError(f"band must begin above 0 and before it ends, got {list(self.band)}")
        return self


class Parcels(Strict):
    """The atlas that time courses are averaged over."""

    path: str | None = Field(
        None, description="NIfTI of labels (3-D) or of weights (4-D); or give `fetcher`."
    )
    fetcher: str | None = Field(
        None, description="nilearn's atlas by the name of its fetcher, e.g. `schaefer_2018`."
    )
    params: dict[str, Any] = Field({}, description="Arguments of the fetcher.")
    names: str | None = Field(
        None, description="Table of `path`'s labels: a TSV with columns `index` and `name`."
    )
    space: Literal["MNI", "same"] = Field(
        "MNI",
        description="Space that the atlas is drawn in: `MNI` needs recordings in MNI space; `same` "
        "says that it is the recordings' own.",
    )
    min_share: float = Field(
        0.5,
        ge=0,
        le=1,
        description="A parcel with a smaller share of its voxels in the mask is missing: its time "
        "course is NaN.",
    )

    @model_validator(mode="after")
    def _one_atlas(self) -> Self:
        if (self.path is None) == (self.fetcher is None):
            raise ValueError("give either path or fetcher")
        if self.params and self.fetcher is None:
            raise ValueError("params belong to fetcher, which is not given")
        if self.names and self.path is None:
            raise ValueError("names belong to path, which is not given")
        return self


class Connectivity(Strict):
    """Functional connectivity between parcels (nilearn)."""

    kinds: list[Literal["correlation", "partial", "covariance", "precision", "tangent"]] = Field(
        ["correlation", "partial"],
        description="Measures for each recording; `tangent` compares with the mean of all "
        "recordings and is made for the dataset.",
    )
    estimator: Literal["ledoit_wolf", "empirical"] = Field(
        "ledoit_wolf", description="Of the covariance: shrunk after Ledoit and Wolf, or empirical."
    )


class FMRIPreprocess(Strict):
    """From volumes or parcels to clean time courses, maps and connectivity."""

    preprocessed: bool = Field(
        False,
        description="Whether volumes without `desc-preproc` in their name are realigned (and in "
        "whatever space they claim); else such volumes are an error, unless `chain` realigns them.",
    )
    tr: float | None = Field(
        None, gt=0, description="Repetition time, s; null for that of sidecar and header."
    )
    chain: list[
        Annotated[FMRIStep, BeforeValidator(bare_method, json_schema_input_type=FMRIStep | str)]
    ] = Field(
        [], description="Steps of the light chain for raw volumes, carried out in this order."
    )
    discard: int = Field(0, ge=0, description="Volumes at the beginning that are left out.")
    condition_delay: float = Field(
        0.0, description="Delay of the response that volumes are labelled with conditions by, s."
    )
    mask: Mask = Field(Mask(), description="Brain mask.")
    smoothing: float | None = Field(
        None, gt=0, description="Gaussian smoothing in space, FWHM in mm; null for none."
    )
    confounds: Confounds | None = Field(
        None, description="Regressors projected out; null for none."
    )
    scrub: Scrub | None = Field(None, description="Scrubbing by motion; null for none.")
    clean: Clean = Field(Clean(), description="Cleaning of time courses.")
    maps: Maps = Field(Maps(), description="Maps of local activity.")
    parcels: Parcels | None = Field(None, description="Atlas; null for voxels only.")
    coordinates: str | None = Field(
        None,
        description="Centres of parcels that come as time courses: a TSV with columns `name`, `x`, "
        "`y`, `z` in mm; null for none.",
    )
    connectivity: Connectivity = Field(Connectivity(), description="Functional connectivity.")

    @property
    def cleaning(self) -> Self:
        """What cleaning depends on: a change of the atlas does not clean again."""
        return self.model_copy(
            update={"parcels": None, "coordinates": None, "connectivity": Connectivity()}
        )

    @model_validator(mode="after")
    def _steps_in_order(self) -> Self:
        methods = [step.method for step in self.chain]
        if len(set(methods)) < len(methods):
            raise ValueError(f"chain: each method at most once, got {methods}")
        order = ["realign", "coregister", "normalize"]
        spatial = [method for method in methods if method in order]
        if spatial != order[: len(spatial)]:
            raise ValueError(
                f"chain: realign, coregister and normalize build on each other in this order, "
                f"got {methods}"
            )
        if methods and "realign" not in methods:
            raise ValueError(f"chain: raw volumes need realign, got {methods}")
        if "slice_timing" in methods[1:] and methods.index("slice_timing") > methods.index(
            "realign"
        ):
            raise ValueError("chain: slice_timing belongs before realign, which mixes the slices")
        if methods and self.preprocessed:
            raise ValueError("preprocessed: true says that there is nothing for chain to do")
        return self
