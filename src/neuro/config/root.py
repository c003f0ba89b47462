"""The whole of config.yaml."""

from typing import Self

from pydantic import Field, model_validator

from neuro.config.base import Name, Strict
from neuro.config.braindive import BrainDive
from neuro.config.connectomes import Connectomes
from neuro.config.dataset import Dataset
from neuro.config.eegbench import EEGBench
from neuro.config.fusion import Fusion
from neuro.config.graphs import Graphs
from neuro.config.meggpt import MEGGPT
from neuro.config.states import States


class Report(Strict):
    """The report."""

    title: str = Field("neuro report", description="Title of the report.")


class Config(Strict):
    """The validated content of config.yaml."""

    seed: int = Field(
        2026, ge=0, lt=2**32, description="The one seed from which every random number follows."
    )
    report: Report = Field(Report(), description="The report.")
    connectomes: Connectomes = Field(
        Connectomes(), description="Dynamic connectomes of the datasets that list them."
    )
    states: States = Field(States(), description="Switching states of the datasets that list them.")
    graphs: Graphs = Field(Graphs(), description="Brain networks of the datasets that list them.")
    fusion: Fusion = Field(
        Fusion(), description="Fusion of functional and diffusion MRI, on datasets that list it."
    )
    eegbench: EEGBench = Field(
        EEGBench(), description="Benchmark of single-trial methods on the datasets that list it."
    )
    meggpt: MEGGPT = Field(
        MEGGPT(), description="Tokens, and a model of them, of the datasets that list it."
    )
    braindive: BrainDive = Field(
        BrainDive(), description="Images that drive regions, of the datasets that list it."
    )
    datasets: dict[Name, Dataset] = Field(min_length=1, description="Datasets by name.")

    @model_validator(mode="after")
    def _maps_are_made(self) -> Self:
        made = [*self.graphs.measures, "edges", None]
        for name, dataset in self.datasets.items():
            diagnosis = getattr(dataset, "diagnosis", None)
            if diagnosis is not None and diagnosis.features not in made:
                raise ValueError(
                    f"datasets.{name}.diagnosis.features: '{diagnosis.features}' is not among "
                    f"graphs.measures {self.graphs.measures}"
                )
        return self

    @model_validator(mode="after")
    def _matched_with_fmri(self) -> Self:
        fmri = [name for name, dataset in self.datasets.items() if dataset.modality == "fmri"]
        for name, dataset in self.datasets.items():
            for other in getattr(dataset, "matched_with", ()):
                if other == name or other not in fmri:
                    raise ValueError(
                        f"datasets.{name}.matched_with: '{other}' is not another dataset of fMRI; "
                        f"there are {[n for n in fmri if n != name]}"
                    )
        return self

    @model_validator(mode="after")
    def _tasks_are_trained_on_tasks(self) -> Self:
        there = {
            name: section.tasks
            for name, dataset in self.datasets.items()
            if (section := getattr(dataset, "eegbench", None)) is not None
        }
        for name, tasks in there.items():
            for task, about in tasks.items():
                where = f"datasets.{name}.eegbench.tasks.{task}.train_on"
                other = about.train_on
                if other is None:
                    continue
                if other == name or task not in there.get(other, {}):
                    raise ValueError(
                        f"{where}: '{other}' is not another dataset with a task '{task}'; there "
                        f"are {sorted(n for n in there if n != name and task in there[n])}"
                    )
                if set(there[other][task].classes) != set(about.classes):
                    raise ValueError(
                        f"{where}: classes are {sorted(about.classes)}, but those of '{other}' "
                        f"{sorted(there[other][task].classes)}"
                    )
        return self
