"""The whole of config.yaml."""

from typing import Self

from pydantic import Field, model_validator

from neuro.config.base import Name, Strict
from neuro.config.connectomes import Connectomes
from neuro.config.dataset import Dataset
from neuro.config.eegbench import EEGBench
from neuro.config.fusion import Fusion
from neuro.config.graphs import Graphs
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
