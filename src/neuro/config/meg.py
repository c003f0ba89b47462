"""`datasets.<name>.preprocess` of a dataset of modality `meg`."""

from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator

from neuro.config.base import Name, Strict
from neuro.config.meg_source import Parcellation, SignFlipping, SourceReconstruction
from neuro.config.meg_steps import MEGStep
from neuro.config.spectra import Spectra
from neuro.config.steps import bare_method

Interval = Annotated[
    tuple[float, float], Field(description="Start and end relative to the event, s.")
]

MEGChain = Annotated[
    list[Annotated[MEGStep, BeforeValidator(bare_method, json_schema_input_type=MEGStep | str)]],
    Field(min_length=1, description="Cleaning steps, carried out in this order."),
]

DEFAULT_CHAIN: tuple[dict[str, Any], ...] = (
    {"bad_channels": {}},
    {"maxwell": {}},
    {"projections": {}},
    {"line_noise": {}},
    {"filter": {"l_freq": 0.5, "h_freq": 125.0}},
    {"resample": {"sfreq": 250.0}},
    {"bad_segments": {}},
    {"ica": {}},
)


class MEGReject(Strict):
    """Largest peak-to-peak amplitude of an epoch, by type of channel; null for no limit."""

    mag: float | None = Field(None, gt=0, description="Magnetometers, fT.")
    grad: float | None = Field(None, gt=0, description="Planar gradiometers, fT/cm.")


class MEGEpochs(Strict):
    """Cutting and rejection of epochs."""

    tmin: float = Field(-0.2, description="Start relative to the event, s.")
    tmax: float = Field(0.5, description="End relative to the event, s.")
    baseline: Interval | None = Field(
        (-0.2, 0.0), description="Baseline whose mean is subtracted, s; null for none."
    )
    reject: MEGReject = Field(MEGReject(), description="Limits of the amplitude.")
    min_trials: int = Field(5, ge=2, description="A condition with fewer epochs left is an error.")

    @model_validator(mode="after")
    def _times(self) -> Self:
        if self.tmin >= self.tmax:
            raise ValueError(f"tmin ({self.tmin:g}) must be below tmax ({self.tmax:g})")
        if self.baseline is not None and not (
            self.tmin <= self.baseline[0] < self.baseline[1] <= self.tmax
        ):
            raise ValueError(
                f"baseline {list(self.baseline)} must rise and lie within [tmin, tmax] "
                f"= [{self.tmin:g}, {self.tmax:g}]"
            )
        return self


class MEGComponent(Strict):
    """A deflection of the evoked response that is looked for at the sources."""

    conditions: list[str] = Field(min_length=1, description="Conditions, pooled.")
    window: Interval = Field(description="Where the peak is looked for, s.")
    n_permutations: int = Field(
        1000, ge=100, description="Random sign flips of the trials behind the p value."
    )

    @model_validator(mode="after")
    def _rises(self) -> Self:
        if self.window[0] >= self.window[1]:
            raise ValueError(f"window must begin before it ends, got {list(self.window)}")
        return self


class MEGCleaning(Strict):
    """The part of the preprocessing that cleaning depends on; not a section of config.yaml."""

    chain: MEGChain


class MEGPreprocess(Strict):
    """From raw recording to clean sensors, and to time courses of parcels of the brain."""

    chain: MEGChain = Field(
        [MEGStep.model_validate(step) for step in DEFAULT_CHAIN],
        description="Cleaning steps, carried out in this order.",
    )
    epochs: MEGEpochs = Field(MEGEpochs(), description="Epochs, where the dataset has `events`.")
    source: SourceReconstruction = Field(
        SourceReconstruction(), description="Head model, beamformer and parcels."
    )
    parcellation: Parcellation = Field(Parcellation(), description="Parcels of the brain.")
    signs: SignFlipping | None = Field(
        SignFlipping(),
        description="Alignment of the parcels' signs across recordings; null for none.",
    )
    components: dict[Name, MEGComponent] = Field(
        {}, description="Deflections of the evoked response at the sources, by name."
    )
    spectra: Spectra | None = Field(
        None, description="Spectra and connectivity of the parcels; null for none."
    )

    @property
    def cleaning(self) -> MEGCleaning:
        """What cleaning depends on: a change of the rest does not clean again."""
        return MEGCleaning(chain=self.chain)

    @model_validator(mode="after")
    def _windows_inside_epochs(self) -> Self:
        for name, component in self.components.items():
            start, end = component.window
            if start < self.epochs.tmin or end > self.epochs.tmax:
                raise ValueError(
                    f"components.{name}.window [{start:g}, {end:g}] must lie within the epoch "
                    f"[{self.epochs.tmin:g}, {self.epochs.tmax:g}]"
                )
        if self.components and self.epochs.baseline is None:
            raise ValueError("components are measured against the baseline; give epochs.baseline")
        return self

    @model_validator(mode="after")
    def _spectra_of_parcels(self) -> Self:
        if self.spectra is not None and self.spectra.microstates is not None:
            raise ValueError("spectra.microstates: microstates are maps of EEG; leave them out")
        return self
