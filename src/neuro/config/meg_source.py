"""Source reconstruction of an MEG dataset: head model, beamformer, parcels, signs."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from neuro.config.base import Strict
from neuro.config.source import Sha256


class ParcellationPackage(Strict):
    """A NIfTI file inside one pinned Python distribution; it is unpacked, never installed."""

    distribution: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]+==[A-Za-z0-9.]+$")] = Field(
        description="Pinned distribution on the package index, e.g. `osl-dynamics==3.3.0`."
    )
    format: Literal["sdist", "wheel"] = Field(
        "wheel", description="Which file of the release to take."
    )
    sha256: Sha256 = Field(description="SHA-256 of that file; anything else is refused.")
    member: str = Field(description="Path of the NIfTI file inside the archive.")
    license: str = Field("not stated", description="License of the parcellation, for the report.")
    citation: str = Field("not stated", description="Whom to cite, for the report.")


OSL_DYNAMICS = ParcellationPackage(
    distribution="osl-dynamics==3.3.0",
    sha256="5bb29158de69f02dbe2fac73eeb6c4d0e5e8b230c68b21a9f6f9f366fbd243b6",
    member="osl_dynamics/files/parcellation/atlas-Glasser_nparc-52_space-MNI_res-8x8x8.nii.gz",
    license="Apache-2.0 (osl-dynamics)",
    citation="Glasser MF, Coalson TS, Robinson EC, et al. (2016). A multi-modal parcellation of "
    "human cerebral cortex. Nature, 536, 171-178; in the 52 parcels of osl-dynamics.",
)


class Parcellation(Strict):
    """Parcels in MNI152 space: a 4-D image with a map per parcel, or a 3-D image of labels."""

    file: str | None = Field(
        None, description="A local NIfTI file; relative to where Snakemake runs."
    )
    package: ParcellationPackage | None = Field(
        None,
        description="A file inside a Python distribution; null, with `file: null`, for the 52 "
        "parcels of osl-dynamics.",
    )
    names: list[str] | None = Field(
        None,
        min_length=1,
        description="Names of the parcels, in the image's order; null for `parcel-01`...",
    )

    @property
    def chosen_package(self) -> ParcellationPackage | None:
        """The distribution that the parcellation comes from; None for a local file."""
        return None if self.file is not None else self.package or OSL_DYNAMICS

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if self.file is not None and self.package is not None:
            raise ValueError("give either `file` or `package`")
        if self.names is not None and len(set(self.names)) < len(self.names):
            twice = sorted({name for name in self.names if self.names.count(name) > 1})
            raise ValueError(f"names: {twice} are given more than once")
        return self


class Coregistration(Strict):
    """Fit of the head to the digitized head shape (iterative closest points)."""

    scale: Literal["none", "uniform", "3-axis"] = Field(
        "uniform", description="How the template head is scaled; an individual head never is."
    )
    omit: float = Field(
        10.0, gt=0, description="Head-shape points farther from the scalp are left out, mm."
    )
    max_distance: float = Field(
        8.0,
        gt=0,
        description="A larger median distance between head shape and scalp is an error, mm.",
    )
    n_iterations: int = Field(40, ge=1, description="Most iterations of the fit.")
    nasion_weight: float = Field(2.0, gt=0, description="Weight of the nasion; others have 1.")


class NoiseCovariance(Strict):
    """Covariance of the sensors' noise."""

    method: Literal["diagonal", "baseline", "emptyroom"] = Field(
        "diagonal",
        description="`diagonal`: the mean variance of each type of channel; `baseline`: of the "
        "epochs before the event; `emptyroom`: of the recording that `AssociatedEmptyRoom` of "
        "meg.json names, through the same chain as far as it concerns it.",
    )
    regularization: float = Field(
        0.1,
        ge=0,
        le=1,
        description="`baseline` and `emptyroom`: share of the mean variance of each type that is "
        "added to the diagonal.",
    )


class Beamformer(Strict):
    """Linearly constrained minimum variance beamformer."""

    l_freq: float = Field(1.0, gt=0, description="Lower edge of the band, Hz.")
    h_freq: float = Field(45.0, gt=0, description="Upper edge of the band, Hz.")
    reg: float = Field(
        0.05, ge=0, description="Regularization: share of the mean whitened power added."
    )
    rank: int | None = Field(
        60,
        ge=2,
        description="Dimensions of the data that are used, the strongest first, no more than "
        "cleaning left; null for all that there are.",
    )
    weight_norm: Literal["unit-noise-gain-invariant", "unit-noise-gain", "nai"] = Field(
        "unit-noise-gain-invariant", description="Normalization of the weights."
    )

    @model_validator(mode="after")
    def _band(self) -> Self:
        if self.l_freq >= self.h_freq:
            raise ValueError(f"l_freq ({self.l_freq:g}) must be below h_freq ({self.h_freq:g})")
        return self


class SourceReconstruction(Strict):
    """From clean sensors to time courses of parcels."""

    subjects_dir: str | None = Field(
        None,
        description="FreeSurfer's folder of subjects. Where it has `sub-<label>` or `<label>` with "
        "`bem/*-head.fif`, `bem/*-bem.fif` and `mri/transforms/talairach.xfm`, that head is used; "
        "null, or a subject that is not there, for the template that comes with MNE.",
    )
    coregistration: Coregistration = Field(
        Coregistration(), description="Fit of the head to the head shape."
    )
    triangles: Literal[1280, 5120] = Field(
        1280, description="Triangles of the inner skull, the single shell that is solved."
    )
    spacing: float = Field(
        8.0, ge=3, le=20, description="Spacing of the volume grid in MNI152 space, mm."
    )
    noise: NoiseCovariance = Field(NoiseCovariance(), description="Covariance of the noise.")
    beamformer: Beamformer = Field(Beamformer(), description="The spatial filter.")
    orthogonalize: bool = Field(
        True,
        description="Remove zero-lag correlations by symmetric orthogonalization; needs data of a "
        "rank at least as large as the number of parcels.",
    )


class SignFlipping(Strict):
    """Alignment of the parcels' arbitrary signs across recordings.

    Each recording's signs are those whose time-delay embedded covariance correlates most with that
    of a template, the recording that is most like all others.
    """

    n_embeddings: int = Field(15, ge=2, description="Time-delay embeddings, samples.")
