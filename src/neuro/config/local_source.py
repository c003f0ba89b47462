"""`datasets.<name>.source` of recordings on this machine that are no BIDS tree yet."""

import re
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator

from neuro.config.base import Label, Strict

ALL = ("eeg", "meg", "fmri", "calcium", "spikes", "features", "trials", "multimodal")
"""Modalities."""
PLACEHOLDERS = ("subject", "session", "task", "run")
"""Entities that a pattern of file names may hold in braces."""


def _known_placeholders(pattern: str) -> list[str]:
    given = re.findall(r"\{([^{}]*)\}", pattern)
    if unknown := sorted(set(given) - set(PLACEHOLDERS)):
        raise ValueError(f"unknown placeholder(s) {unknown}; allowed: {list(PLACEHOLDERS)}")
    return given


class FileEvents(Strict):
    """Where the events of a recording are told."""

    take: Literal["annotations", "stim", "table"] = Field(
        "annotations",
        description="The file's own annotations, its trigger channel (both EEG and MEG), or a "
        "table beside it (fMRI as well).",
    )
    stim_channel: str | None = Field(
        None, description="`stim`: the trigger channel; null for the one that the file marks."
    )
    mask: int | None = Field(
        None, ge=1, description="`stim`: bits of the trigger channel that count; null for all."
    )
    table: str | None = Field(
        None,
        description="`table`: path below `path` with the recording's placeholders; tabs or commas; "
        "columns `onset` (s), `trial_type`, and optionally `duration` (s).",
    )
    names: dict[str, str] = Field(
        {}, description="`trial_type` by annotation or trigger code; others keep their own."
    )

    @model_validator(mode="after")
    def _table_is_given(self) -> Self:
        if (self.take == "table") != (self.table is not None):
            raise ValueError("`table` goes with `take: table`, and only with it")
        return self


class FilesSource(Strict):
    """A folder of recordings in a format of their modality; a BIDS-like tree is made of them."""

    modalities: ClassVar[tuple[str, ...]] = ALL
    type: Literal["files"] = Field(description="A local folder of recordings.")
    path: str = Field(
        description="The folder; absolute, `~/...`, or relative to where Snakemake runs."
    )
    pattern: str = Field(
        description="Paths of the recordings below it: `{subject}`, `{session}`, `{task}` and "
        "`{run}` stand for letters and digits, `*` and `?` for anything within a folder, `**/` for "
        "any folders, e.g. `{subject}/{session}/*_{task}.cnt`. What it fits may be a folder: CTF's "
        "`.ds`, one of suite2p or of phy."
    )
    task: Label | None = Field(
        None,
        description="Task label where the pattern has no `{task}`; null for `task`, and for none "
        "where the modality is calcium, spikes or features.",
    )
    events: FileEvents | None = Field(
        None,
        description="Where the events are told; null for the file's annotations, if it has any.",
    )
    channel_types: dict[str, Literal["eeg", "eog", "ecg", "emg", "misc", "stim"]] = Field(
        {}, description="EEG, MEG: types of channels that the files do not know, by name."
    )
    line_freq: float | None = Field(
        None, gt=0, description="EEG, MEG: power line frequency, Hz; null for what the files tell."
    )
    tr: float | None = Field(
        None, gt=0, description="fMRI: time from volume to volume, s; null for what the files tell."
    )
    sfreq: float | None = Field(
        None, gt=0, description="Calcium: frame rate, Hz; null for what the files tell."
    )
    beside: dict[
        Annotated[str, Field(pattern=r"^[A-Za-z0-9_+-]+(\.[A-Za-z0-9]+)+$")],
        Annotated[str, Field(min_length=1)],
    ] = Field(
        {},
        description="Files that come to lie beside each recording: path below `path`, with the "
        "recording's placeholders, by the end of their name in the tree, e.g. "
        "`{desc-brain_mask.nii.gz: '{subject}/mask.nii.gz'}`.",
    )
    people: str | None = Field(
        None,
        description="Path below `path` of a table with a row per person, commas or tabs, which "
        "becomes participants.tsv; null for none.",
    )
    identity: str = Field(
        "participant_id",
        description="Its column that names people; leading zeros do not count.",
    )
    missing: list[str] = Field(
        ["", "n/a", "NA", "-999", "-9999"], description="What stands for a missing value in it."
    )
    license: str = Field("not stated", description="Licence of the recordings, for the report.")
    citation: str = Field("not stated", description="Whom to cite, for the report.")

    @field_validator("pattern")
    @classmethod
    def _placeholders(cls, pattern: str) -> str:
        if "subject" not in _known_placeholders(pattern):
            raise ValueError("must hold the placeholder {subject}")
        return pattern


class NwbSource(Strict):
    """A folder of NWB files; subject and session are those that the files or their names tell."""

    modalities: ClassVar[tuple[str, ...]] = ("calcium", "spikes")
    type: Literal["nwb"] = Field(description="A local folder of NWB files.")
    path: str = Field(
        description="The folder; absolute, `~/...`, or relative to where Snakemake runs."
    )
    pattern: str = Field(
        "**/*.nwb",
        description="Paths of the files below it, as a source `files` takes them; what `{subject}` "
        "and `{session}` do not tell is taken from the files.",
    )
    license: str = Field("not stated", description="Licence of the recordings, for the report.")
    citation: str = Field("not stated", description="Whom to cite, for the report.")

    @field_validator("pattern")
    @classmethod
    def _placeholders(cls, pattern: str) -> str:
        _known_placeholders(pattern)
        return pattern


class RegionSeriesSource(Strict):
    """Region time courses of many people, a file each; their correlations become one table.

    This is the layout of ABIDE in the Preprocessed Connectomes Project, and of nilearn's download.
    """

    modalities: ClassVar[tuple[str, ...]] = ("features",)
    type: Literal["region_series"] = Field(
        description="A local folder of region time courses (`.1D` or other text)."
    )
    path: str = Field(
        description="The folder; absolute, `~/...`, or relative to where Snakemake runs."
    )
    pattern: str = Field(
        description="Paths of the files below it, with `{subject}` for the identity, as a source "
        "`files` takes them, e.g. `**/*_{subject}_rois_cc200.1D`."
    )
    people: str = Field(
        description="Path below `path` of the table with a row per person; commas or tabs."
    )
    identity: str = Field(
        "SUB_ID", description="Its column that names people; leading zeros do not count."
    )
    missing: list[str] = Field(
        ["", "n/a", "NA", "-9999"], description="What stands for a missing value in it."
    )
    license: str = Field("not stated", description="Licence of the recordings, for the report.")
    citation: str = Field("not stated", description="Whom to cite, for the report.")

    @field_validator("pattern")
    @classmethod
    def _placeholders(cls, pattern: str) -> str:
        if set(_known_placeholders(pattern)) != {"subject"}:
            raise ValueError("must hold the placeholder {subject}, and no other")
        return pattern


class WormsSource(Strict):
    """Calcium traces of simulated worms with planted motifs: the truth is known.

    While a motif is active, neurons of each of its groups share part of their rate of change. The
    first motif follows a stimulus of 10 s every minute; time courses are shared by all worms.
    """

    modalities: ClassVar[tuple[str, ...]] = ("calcium",)
    type: Literal["worms"] = Field(description="Simulated worms.")
    n_worms: int = Field(16, ge=1, le=1000, description="Number of worms.")
    n_neurons: int = Field(40, ge=12, le=2000, description="Neurons on the common list.")
    n_motifs: int = Field(4, ge=1, description="Motifs, of two groups of six neurons each.")
    duration: float = Field(480.0, ge=80, description="Length of a recording, s.")
    sfreq: float = Field(4.0, gt=1.6, description="Frames per second.")
    noise: float = Field(
        0.5,
        ge=0,
        description="Standard deviation of each neuron's own rate of change, in units of the part "
        "that it shares.",
    )
    missing: float = Field(0.2, ge=0, lt=1, description="Share of neurons that a worm lacks.")


class RhythmsSource(Strict):
    """Simulated sessions of parcels, one uncut trial each, whose spectra and covariances are known.

    A vector autoregression, and rhythms of networks that come in bursts; sessions share all but
    the strength of each network.
    """

    modalities: ClassVar[tuple[str, ...]] = ("trials",)
    type: Literal["rhythms"] = Field(description="Simulated parcels of MEG with bursts.")
    n_sessions: int = Field(6, ge=1, le=10_000, description="Number of sessions.")
    n_channels: int = Field(52, ge=2, le=1000, description="Number of parcels.")
    seconds: float = Field(60.0, ge=4, description="Length of a session, s.")
    sfreq: float = Field(250.0, ge=100, description="Sampling rate, Hz.")
    power: float = Field(
        0.7,
        gt=0,
        description="Variance of all rhythms together, as a multiple of the background's.",
    )
    variation: float = Field(
        0.3,
        ge=0,
        description="Standard deviation, between sessions, of the logarithm of a network's "
        "strength.",
    )


class SwitchingSource(Strict):
    """Spikes of simulated networks that switch between states: the truth is known.

    Every state has its own edges between the neurons; an edge excites, inhibits or is absent, with
    probabilities that all states share. After Li et al. (2024), ICLR.
    """

    modalities: ClassVar[tuple[str, ...]] = ("spikes",)
    type: Literal["switching"] = Field(description="Simulated networks that switch.")
    recipe: Literal["demonstration", "paper"] = Field(
        "demonstration",
        description="What the keys below are where they are null. Both have 5 states of 20 "
        "neurons; `demonstration`: 50 sequences of 2000 bins, 20 % of edges; `paper`: 20 of 5000 "
        "bins, probabilities of edges nearer to 0 and 1.",
    )
    n_recordings: int = Field(
        1, ge=1, le=1000, description="Recordings, each of a network of its own; the paper has 10."
    )
    n_states: int | None = Field(None, ge=1, description="States.")
    n_neurons: int | None = Field(None, ge=2, le=2000, description="Neurons.")
    n_sequences: int | None = Field(
        None, ge=1, description="Sequences of a recording, with a pause of 1 s between them."
    )
    n_bins: int | None = Field(None, ge=10, description="Bins of a sequence.")
    stay: float | None = Field(
        None, gt=0, lt=1, description="Probability to stay in a state from bin to bin."
    )
    strength: float | None = Field(
        None, gt=0, description="Edges' strengths are ln(1 + `strength` u), u uniform up to 1."
    )
    bin_width: float = Field(0.1, gt=0, description="Width of a bin, s.")
    first_seed: int | None = Field(
        None,
        ge=0,
        description="Seed of the first recording, and one more for each further one; null for "
        "seeds that follow from the configuration's. 0 gives the published demonstration.",
    )


class PeopleSource(Strict):
    """Simulated people with fMRI and diffusion MRI: the truth is known.

    Networks of regions vary between people as wholes. The odds of the disease depend on the
    product of one network's engagement (fMRI) and integrity (diffusion MRI), which neither
    modality tells alone.
    """

    modalities: ClassVar[tuple[str, ...]] = ("multimodal",)
    type: Literal["people"] = Field(description="Simulated people with two modalities.")
    n_subjects: int = Field(200, ge=8, le=100_000, description="People.")
    n_regions: int = Field(90, ge=4, le=2000, description="Regions; half in each hemisphere.")
    n_networks: int = Field(6, ge=1, description="Networks that vary as wholes.")
    network_size: int = Field(10, ge=2, description="Regions of a network.")
    effect: Literal["interaction", "additive", "none"] = Field(
        "interaction",
        description="Odds by the product of engagement and integrity, by their sum, or by nothing.",
    )
    seed: int | None = Field(
        None, ge=0, description="Seed of the people; null for one that follows from the "
        "configuration's.",
    )  # fmt: skip


class NeuropalSource(Strict):
    """MATLAB files of NeuroPAL recordings (Yemini et al., 2021); every worm is a recording."""

    modalities: ClassVar[tuple[str, ...]] = ("calcium",)
    type: Literal["neuropal"] = Field(description="Local MATLAB files of NeuroPAL recordings.")
    files: list[str] = Field(
        min_length=1,
        description="The files, e.g. `Head_Activity_OH16230.mat`; absolute, `~/...`, or relative "
        "to where Snakemake runs.",
    )
    license: str = Field("not stated", description="Licence of the recordings, for the report.")
