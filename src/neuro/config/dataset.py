"""`datasets.<name>`: recordings, events, and what is done with them."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from neuro.config.base import Label, Strict
from neuro.config.eeg import EEGPreprocess
from neuro.config.source import Source

Word = Annotated[str, Field(description="Name of an analysis.")]
Condition = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._+-]*$",
        description="Letters, digits, blanks and '._+-'; begins with a letter or digit.",
    ),
]

ANALYSES: tuple[str, ...] = ()
"""The analyses a dataset can feed; each word is also a rule, a folder and a page of the docs."""


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


class Dataset(Strict):
    """An EEG dataset."""

    modality: Literal["eeg"] = Field(description="What was recorded.")
    source: Source = Field(description="Where the recordings come from.")
    recordings: Recordings = Field(Recordings(), description="Which recordings are used.")
    events: dict[Condition, list[str]] = Field(
        min_length=1,
        description="Conditions: a name, and the values of `trial_type` in events.tsv "
        "that it stands for.",
    )
    preprocess: EEGPreprocess = Field(description="Cleaning chain, epochs and contrasts.")
    analyses: list[Word] = Field([], description="Analyses this dataset feeds.")

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        values = [value for condition in self.events.values() for value in condition]
        if twice := sorted({value for value in values if values.count(value) > 1}):
            raise ValueError(f"events: {twice} stand for more than one condition, or twice for one")
        for name, contrast in self.preprocess.contrasts.items():
            unknown = sorted({*contrast.first, *contrast.second} - set(self.events))
            if unknown:
                raise ValueError(
                    f"preprocess.contrasts.{name} names conditions {unknown} "
                    f"that `events` lacks; allowed: {sorted(self.events)}"
                )
        if unknown := sorted(set(self.analyses) - set(ANALYSES)):
            raise ValueError(f"analyses: {unknown} unknown; allowed: {sorted(ANALYSES)}")
        return self
