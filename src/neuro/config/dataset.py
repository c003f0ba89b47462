"""`datasets.<name>`: recordings, events, and what is done with them."""

from collections.abc import Iterable
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from neuro.config.base import Label, Strict
from neuro.config.braindive import Driven
from neuro.config.calcium import CalciumPreprocess
from neuro.config.diagnosis import Diagnosis
from neuro.config.eeg import EEGPreprocess
from neuro.config.eegbench import DatasetTasks, Task
from neuro.config.fmri import FMRIPreprocess
from neuro.config.fusion import FusionCohort, FusionTable
from neuro.config.meg import MEGPreprocess
from neuro.config.meggpt import DatasetTokens
from neuro.config.screening import Screening
from neuro.config.source import Source
from neuro.config.spikes import SpikesPreprocess

Word = Annotated[str, Field(description="Name of an analysis.")]
Condition = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._+-]*$",
        description="Letters, digits, blanks and '._+-'; begins with a letter or digit.",
    ),
]

ANALYSES: dict[str, tuple[str, ...]] = {
    "braindive": ("fmri",),
    "connectomes": ("calcium", "spikes"),
    "eegbench": ("eeg", "meg", "trials"),
    "fusion": ("multimodal", "fmri", "features"),
    "graphs": ("fmri", "features"),
    "meggpt": ("meg", "eeg", "trials"),
    "screening": ("features",),
    "states": ("spikes",),
}
"""The analyses, and the modalities that feed them; each word is also a rule, a folder, a page."""


class Recordings(Strict):
    """Which of the source's recordings are used; absent means all."""

    subjects: list[Label] | None = Field(None, description="Subject labels, without `sub-`.")
    sessions: list[Label] | None = Field(None, description="Session labels, without `ses-`.")
    tasks: list[Label] | None = Field(None, description="Task labels, without `task-`.")
    runs: list[Label] | None = Field(None, description="Run labels, without `run-`.")
    exclude: list[str] = Field(
        [],
        description="Recordings left out, by name as the report lists them, "
        "e.g. `sub-01_task-rest`.",
    )


Events = Annotated[
    dict[Condition, list[str]],
    Field(
        description="Conditions: a name, and the values of `trial_type` in events.tsv "
        "that it stands for; none for a recording at rest.",
    ),
]


class _Dataset(Strict):
    """What datasets of all modalities have."""

    source: Source = Field(description="Where the recordings come from.")
    recordings: Recordings = Field(Recordings(), description="Which recordings are used.")
    analyses: list[Word] = Field([], description="Analyses this dataset feeds.")

    @model_validator(mode="after")
    def _the_source_has_it(self) -> Self:
        modality = str(getattr(self, "modality", ""))
        if modality not in (allowed := self.source.modalities):
            raise ValueError(
                f"modality: source.type '{self.source.type}' has no '{modality}'; "
                f"it has: {', '.join(sorted(allowed))}"
            )
        return self

    @model_validator(mode="after")
    def _analyses_exist(self) -> Self:
        if unknown := sorted(set(self.analyses) - set(ANALYSES)):
            raise ValueError(f"analyses: {unknown} unknown; allowed: {sorted(ANALYSES)}")
        modality = str(getattr(self, "modality", ""))
        for word in self.analyses:
            if modality not in ANALYSES[word]:
                raise ValueError(
                    f"analyses: '{word}' takes {' or '.join(ANALYSES[word])}, not {modality}"
                )
        return self


WITH_TASKS = "`eegbench` in `analyses` goes with the key `eegbench`, and only with it"


def _tasks_fit(listed: bool, tasks: DatasetTasks | None, events: Iterable[str]) -> None:
    """Tasks go with the analysis, and name conditions that there are."""
    if listed != (tasks is not None):
        raise ValueError(WITH_TASKS)
    _conditions_exist("eegbench", tasks.tasks if tasks else None, events)


def _conditions_exist(word: str, tasks: dict[str, Task] | None, events: Iterable[str]) -> None:
    for name, task in (tasks or {}).items():
        if not task.classes:
            raise ValueError(f"{word}.tasks.{name}.classes: name the classes")
        named = {label for labels in task.classes.values() for label in labels}
        if unknown := sorted(named - set(events)):
            raise ValueError(
                f"{word}.tasks.{name}.classes names conditions {unknown} that `events` lacks; "
                f"allowed: {sorted(events)}"
            )
        if "published" in task.splits:
            raise ValueError(f"{word}.tasks.{name}.splits: only trials have a published split")


def _once(events: dict[str, list[str]]) -> None:
    values = [value for condition in events.values() for value in condition]
    if twice := sorted({value for value in values if values.count(value) > 1}):
        raise ValueError(f"events: {twice} stand for more than one condition, or twice for one")


class EEGDataset(_Dataset):
    """An EEG dataset."""

    modality: Literal["eeg"] = Field(description="What was recorded.")
    events: Events = Field({})
    preprocess: EEGPreprocess = Field(description="Cleaning chain, epochs and contrasts.")
    eegbench: DatasetTasks | None = Field(None, description="Tasks of the benchmark.")
    meggpt: DatasetTokens = Field(
        DatasetTokens(), description="What `meggpt` reads, and what is decoded."
    )

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        _once(self.events)
        _tasks_fit("eegbench" in self.analyses, self.eegbench, self.events)
        _conditions_exist("meggpt", self.meggpt.tasks, self.events)
        for name, contrast in self.preprocess.contrasts.items():
            unknown = sorted({*contrast.first, *contrast.second} - set(self.events))
            if unknown:
                raise ValueError(
                    f"preprocess.contrasts.{name} names conditions {unknown} "
                    f"that `events` lacks; allowed: {sorted(self.events)}"
                )
        return self


class MEGDataset(_Dataset):
    """An MEG dataset."""

    modality: Literal["meg"] = Field(description="What was recorded.")
    events: Events = Field({})
    preprocess: MEGPreprocess = Field(
        MEGPreprocess(), description="Cleaning chain, source reconstruction and parcels."
    )
    eegbench: DatasetTasks | None = Field(None, description="Tasks of the benchmark.")
    meggpt: DatasetTokens = Field(
        DatasetTokens(), description="What `meggpt` reads, and what is decoded."
    )

    @model_validator(mode="after")
    def _events_once(self) -> Self:
        _once(self.events)
        _tasks_fit("eegbench" in self.analyses, self.eegbench, self.events)
        _conditions_exist("meggpt", self.meggpt.tasks, self.events)
        return self


class FMRIDataset(_Dataset):
    """An fMRI dataset."""

    modality: Literal["fmri"] = Field(description="What was recorded.")
    events: Events = Field({})
    preprocess: FMRIPreprocess = Field(
        FMRIPreprocess(), description="From volumes to voxels, parcels and connectivity."
    )
    diagnosis: Diagnosis | None = Field(
        None, description="Two groups that `graphs` tells apart; null for none."
    )
    braindive: Driven | None = Field(
        None, description="Regions that images are made for; null without that analysis."
    )
    matched_with: list[str] = Field(
        [],
        description="Other fMRI datasets of the same regions, whose people `fusion` matches "
        "together with these.",
    )

    @model_validator(mode="after")
    def _events_once(self) -> Self:
        _once(self.events)
        return self

    @model_validator(mode="after")
    def _regions_have_conditions(self) -> Self:
        if ("braindive" in self.analyses) != (self.braindive is not None):
            raise ValueError(
                "`braindive` in `analyses` goes with the key `braindive`, and only with it"
            )
        if self.braindive is not None:
            named = [*self.braindive.regions.values(), *self.braindive.pairs.values()]
            unknown = sorted({name for names in named for name in names} - set(self.events))
            if unknown:
                raise ValueError(
                    f"braindive names conditions {unknown} that `events` lacks; allowed: "
                    f"{sorted(self.events)}"
                )
        return self


class CalciumDataset(_Dataset):
    """A calcium-imaging dataset."""

    modality: Literal["calcium"] = Field(description="What was recorded.")
    preprocess: CalciumPreprocess = Field(
        CalciumPreprocess(), description="From fluorescence to dF/F, events and derivatives."
    )

    @model_validator(mode="after")
    def _derivatives(self) -> Self:
        chain = self.preprocess.chain
        lacks = chain is not None and all(step.method != "derivative" for step in chain)
        if "connectomes" in self.analyses and lacks:
            raise ValueError(
                "preprocess.chain: connectomes are made of derivatives; add the step `derivative`"
            )
        return self


class SpikesDataset(_Dataset):
    """A dataset of sorted spikes."""

    modality: Literal["spikes"] = Field(description="What was recorded.")
    preprocess: SpikesPreprocess = Field(
        SpikesPreprocess(), description="From spike times to binned counts and covariates."
    )


class FeaturesDataset(_Dataset):
    """A table of subjects x features, with an outcome."""

    modality: Literal["features"] = Field(description="What was recorded.")
    analyses: list[Word] = Field(["screening"], description="Analyses this dataset feeds.")
    screening: Screening = Field(description="Which features tell about the outcome.")
    diagnosis: Diagnosis | None = Field(
        None, description="Two groups that `graphs` tells apart, where features are connections."
    )
    fusion: FusionTable | None = Field(
        None, description="Maps and groups for `fusion`; null without that analysis."
    )

    @model_validator(mode="after")
    def _groups(self) -> Self:
        if ("fusion" in self.analyses) != (self.fusion is not None):
            raise ValueError("`fusion` in `analyses` goes with the key `fusion`, and only with it")
        if "graphs" in self.analyses and self.diagnosis is None:
            raise ValueError("diagnosis: `graphs` of a table needs it; say which groups there are")
        return self


class MultimodalDataset(_Dataset):
    """Features of regions and of pairs of regions, from fMRI and diffusion MRI."""

    modality: Literal["multimodal"] = Field(description="What was recorded.")
    analyses: list[Word] = Field(["fusion"], description="Analyses this dataset feeds.")
    fusion: FusionCohort = Field(
        FusionCohort(), description="Which features of whom, and which groups are told apart."
    )


class TrialsDataset(_Dataset):
    """Labelled trials that others have cut."""

    modality: Literal["trials"] = Field(description="What was recorded.")
    analyses: list[Word] = Field(["eegbench"], description="Analyses this dataset feeds.")
    eegbench: DatasetTasks | None = Field(None, description="Tasks of the benchmark.")
    meggpt: DatasetTokens = Field(DatasetTokens(), description="What `meggpt` decodes.")

    @model_validator(mode="after")
    def _tasks_go_with_the_analysis(self) -> Self:
        if ("eegbench" in self.analyses) != (self.eegbench is not None):
            raise ValueError(WITH_TASKS)
        return self


Dataset = Annotated[
    EEGDataset
    | MEGDataset
    | FMRIDataset
    | CalciumDataset
    | SpikesDataset
    | FeaturesDataset
    | MultimodalDataset
    | TrialsDataset,
    Field(discriminator="modality"),
]
"""A section `datasets.<name>`; `modality` decides which keys it has."""
