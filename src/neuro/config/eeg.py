"""`datasets.<name>.preprocess` of an EEG dataset: cleaning chain, epochs, contrasts."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from neuro.config.base import Name, Strict
from neuro.config.decoding import Decoding
from neuro.config.spectra import Spectra
from neuro.config.steps import Chain

Interval = Annotated[
    tuple[float, float], Field(description="Start and end relative to the event, s.")
]


def _ordered(interval: tuple[float, float], key: str) -> None:
    if interval[0] >= interval[1]:
        raise ValueError(f"{key} must begin before it ends, got {list(interval)}")


class Epochs(Strict):
    """Cutting and rejection of epochs."""

    tmin: float = Field(-0.2, description="Start relative to the event, s.")
    tmax: float = Field(0.8, description="End relative to the event, s.")
    baseline: Interval | None = Field(
        (-0.2, 0.0), description="Baseline whose mean is subtracted, s; null for none."
    )
    reject: float | None = Field(
        150.0, gt=0, description="Epochs with a larger peak-to-peak on any channel are dropped, µV."
    )
    autoreject: Literal["local", "global"] | None = Field(
        None,
        description="Data-driven rejection (autoreject), before `reject`: `global` learns one "
        "peak-to-peak limit, `local` one per channel, interpolates single channels of an epoch and "
        "drops epochs with too many bad ones; null for none.",
    )
    autoreject_cv: int = Field(10, ge=2, description="Folds of autoreject's cross-validation.")
    min_trials: int = Field(10, ge=2, description="A condition with fewer epochs left is an error.")

    @model_validator(mode="after")
    def _times(self) -> Self:
        _ordered((self.tmin, self.tmax), "[tmin, tmax]")
        if self.baseline is not None:
            _ordered(self.baseline, "baseline")
            if self.baseline[0] < self.tmin or self.baseline[1] > self.tmax:
                raise ValueError(
                    f"baseline {list(self.baseline)} must lie within [tmin, tmax] "
                    f"= [{self.tmin}, {self.tmax}]"
                )
        return self


class Contrast(Strict):
    """A difference wave, first minus second, and the component looked for in it.

    Region and window are named here, before the data are seen.
    """

    first: list[str] = Field(min_length=1, description="Conditions, pooled.")
    second: list[str] = Field(min_length=1, description="Conditions subtracted, pooled.")
    component: str = Field(description="What the deflection is called, e.g. `N170`.")
    polarity: Literal["negative", "positive"] = Field(description="Expected sign.")
    roi: list[str] = Field(min_length=1, description="Channels averaged.")
    window: Interval = Field(description="Where the component's peak is looked for, s.")
    test_window: Interval = Field(
        (0.0, 0.5), description="Where the cluster permutation test looks, s."
    )

    @model_validator(mode="after")
    def _times(self) -> Self:
        _ordered(self.window, "window")
        _ordered(self.test_window, "test_window")
        if both := sorted(set(self.first) & set(self.second)):
            raise ValueError(f"conditions on both sides of the contrast: {both}")
        return self


class Statistics(Strict):
    """Resampling behind intervals and p values."""

    confidence: float = Field(0.95, gt=0.5, lt=1, description="Confidence of every interval.")
    n_bootstraps: int = Field(2000, ge=100, description="Bootstrap resamples of the trials.")
    n_permutations: int = Field(5000, ge=100, description="Permutations of the trials' labels.")


class EEGCleaning(Strict):
    """The part of the preprocessing that cleaning depends on; not a section of config.yaml."""

    chain: Chain
    epochs: Epochs
    rois: dict[str, list[str]] = Field(description="Channels that contrasts will ask for.")


class EEGDecoding(Strict):
    """The part of the preprocessing that decoding depends on; not a section of config.yaml."""

    decoding: Decoding
    contrasts: dict[str, Contrast]
    statistics: Statistics


class EEGPreprocess(Strict):
    """From raw recording to clean epochs and evoked responses."""

    chain: Chain
    epochs: Epochs = Field(Epochs(), description="Epochs.")
    spectra: Spectra | None = Field(
        None, description="Spectra of the cleaned continuous recording; null for none."
    )
    contrasts: dict[Name, Contrast] = Field({}, description="Difference waves by name.")
    decoding: Decoding | None = Field(
        None, description="Decoding of each contrast's two sides over time; null for none."
    )
    statistics: Statistics = Field(Statistics(), description="Intervals and tests.")

    @property
    def rois(self) -> dict[str, list[str]]:
        """Channels of each contrast's region."""
        return {name: contrast.roi for name, contrast in self.contrasts.items()}

    @property
    def averaging(self) -> Self:
        """What averaging depends on: a change of spectra or decoding does not average again."""
        return self.model_copy(update={"spectra": None, "decoding": None})

    @property
    def decoded(self) -> EEGDecoding:
        """What decoding depends on.

        Raises
        ------
        ValueError
            If there is none.
        """
        if self.decoding is None:
            raise ValueError("preprocess.decoding is not asked for")
        return EEGDecoding(
            decoding=self.decoding, contrasts=self.contrasts, statistics=self.statistics
        )

    @property
    def cleaning(self) -> EEGCleaning:
        """What cleaning depends on: a change of the rest does not clean again."""
        return EEGCleaning(chain=self.chain, epochs=self.epochs, rois=self.rois)

    @model_validator(mode="after")
    def _something_to_decode(self) -> Self:
        if self.decoding is None:
            return self
        if not self.contrasts:
            raise ValueError(
                "decoding tells the two sides of each of `contrasts` apart; name a contrast, or "
                "leave decoding out"
            )
        length = self.epochs.tmax - self.epochs.tmin
        if self.decoding.bin_width is not None and 2 * self.decoding.bin_width > length:
            raise ValueError(
                f"decoding.bin_width ({self.decoding.bin_width:g} s) must fit at least twice into "
                f"the epoch of {length:g} s"
            )
        return self

    @model_validator(mode="after")
    def _windows_inside_epochs(self) -> Self:
        for name, contrast in self.contrasts.items():
            for key in ("window", "test_window"):
                start, end = getattr(contrast, key)
                if start < self.epochs.tmin or end > self.epochs.tmax:
                    raise ValueError(
                        f"contrasts.{name}.{key} [{start}, {end}] must lie within the epoch "
                        f"[{self.epochs.tmin}, {self.epochs.tmax}]"
                    )
        return self
