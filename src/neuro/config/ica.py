"""`ica` in the cleaning chain: independent components, and which of them go."""

from typing import Annotated, Literal

from pydantic import Field

from neuro.config.base import Strict

Probability = Annotated[float, Field(gt=0, le=1)]


class Thresholds(Strict):
    """Probability (ICLabel) from which a component of a class is removed; null to keep them all."""

    eye: Probability | None = Field(0.7, description="Eye movements and blinks.")
    muscle: Probability | None = Field(0.6, description="Muscles.")
    heart: Probability | None = Field(0.5, description="Heart beat.")
    line: Probability | None = Field(0.8, description="Power line.")
    channel: Probability | None = Field(0.9, description="A single noisy channel.")


class ICA(Strict):
    """Remove artifacts by independent component analysis.

    Fitted to a high-passed, average-referenced copy of the good channels outside of bad segments;
    components are then taken out of the recording itself, whatever its filter and reference.
    """

    method: Literal["picard", "infomax", "fastica"] = Field(
        "picard", description="Algorithm; `picard` and `infomax` with extended statistics."
    )
    n_components: Annotated[int, Field(ge=2)] | Annotated[float, Field(gt=0, lt=1)] | None = Field(
        None,
        description="Number of components, at most the data's rank; or the share of variance they "
        "explain; null for the rank.",
    )
    l_freq: float = Field(1.0, gt=0, description="High-pass of the copy, Hz.")
    h_freq: float | None = Field(
        100.0, gt=0, description="Low-pass of the copy, Hz; null for none."
    )
    decim: int = Field(1, ge=1, description="Take every n-th sample for the fit.")
    tol: float = Field(1e-4, gt=0, description="Gradient at which `picard` and `fastica` stop.")
    max_iter: int = Field(500, ge=1, description="Most iterations of the fit.")
    iclabel: Thresholds | None = Field(
        Thresholds(), description="Classes of ICLabel that are removed; null to do without ICLabel."
    )
    correlate: list[Literal["eog", "ecg", "muscle"]] = Field(
        ["eog", "ecg"],
        description="Remove what correlates with the channels of type `eog` or `ecg`, if there are "
        "any, and what looks like `muscle` by spectrum and map.",
    )
    correlation_z: float = Field(
        3.0, gt=0, description="`eog` and `ecg`: z-score of the correlation among components."
    )
    muscle_score: float = Field(
        0.5, gt=0, lt=1, description="`muscle`: score from which a component is removed."
    )
