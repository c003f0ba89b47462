"""`datasets.<name>.preprocess` of an EEG dataset: cleaning chain, epochs, contrasts."""

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_serializer, model_validator

from neuro.config.base import Name, Strict

Interval = Annotated[
    tuple[float, float], Field(description="Start and end relative to the event, s.")
]


def _ordered(interval: tuple[float, float], key: str) -> None:
    if interval[0] >= interval[1]:
        raise ValueError(f"{key} must begin before it ends, got {list(interval)}")


class Montage(Strict):
    """Give the electrodes the positions of a standard layout."""

    name: str = Field(
        description="One of MNE's built-in montages, e.g. `biosemi128`, `standard_1020`."
    )


class Filter(Strict):
    """Zero-phase FIR band-pass (Hamming window, MNE's automatic transition bands)."""

    l_freq: float | None = Field(None, gt=0, description="Lower pass-band edge, Hz; null for none.")
    h_freq: float | None = Field(None, gt=0, description="Upper pass-band edge, Hz; null for none.")

    @model_validator(mode="after")
    def _some_edge(self) -> Self:
        if self.l_freq is None and self.h_freq is None:
            raise ValueError("give l_freq, h_freq or both")
        if self.l_freq is not None and self.h_freq is not None and self.l_freq >= self.h_freq:
            raise ValueError(f"l_freq ({self.l_freq}) must be below h_freq ({self.h_freq})")
        return self


class Resample(Strict):
    """Change the sampling rate, with an anti-aliasing filter."""

    sfreq: float = Field(gt=0, description="New sampling rate, Hz.")


class BadChannels(Strict):
    """Mark channels that are flat, or outliers among all channels (local outlier factor).

    Segments whose annotation begins with `bad` do not count.
    """

    flat: float = Field(0.1, ge=0, description="A channel whose standard deviation is less, in µV.")
    lof_threshold: float = Field(
        2.0,
        gt=1,
        description="Local outlier factor from which a channel is bad; 1 is an ordinary channel.",
    )
    n_neighbors: int = Field(
        20,
        ge=2,
        description="Channels each channel is compared with; at most half of all are taken.",
    )
    max_share: float = Field(
        0.25, gt=0, le=1, description="A recording with a larger share of bad channels is an error."
    )


class Interpolate(Strict):
    """Replace bad channels by spherical-spline interpolation."""


class Reference(Strict):
    """Re-reference."""

    channels: Literal["average"] | list[str] = Field(
        "average", description="`average`, or the names of the reference electrodes."
    )


def _bare_step(value: Any) -> Any:
    """Let `- interpolate` and `- interpolate:` stand for `- interpolate: {}`."""
    if isinstance(value, str):
        return {value: {}}
    if isinstance(value, dict):
        return {key: {} if params is None else params for key, params in value.items()}
    return value


class Step(Strict):
    """One step of the chain: `{method: {params}}`, exactly one method."""

    montage: Montage | None = Field(None, description="Electrode positions.")
    filter: Filter | None = Field(None, description="Band-pass filter.")
    resample: Resample | None = Field(None, description="Sampling rate.")
    bad_channels: BadChannels | None = Field(None, description="Detection of bad channels.")
    interpolate: Interpolate | None = Field(None, description="Interpolation of bad channels.")
    reference: Reference | None = Field(None, description="Reference.")

    @model_validator(mode="after")
    def _one_method(self) -> Self:
        if len(self.model_fields_set) != 1:
            given = sorted(self.model_fields_set) or "none"
            raise ValueError(f"a step is exactly one method, got {given}")
        return self

    @property
    def method(self) -> str:
        """Name of the step's method."""
        return next(iter(self.model_fields_set))

    @property
    def params(self) -> Strict:
        """Parameters of the step's method."""
        params: Strict = getattr(self, self.method)
        return params

    @model_serializer
    def _only_the_method(self) -> dict[str, Any]:
        """Dump to what a user writes, so that a dump validates again."""
        return {self.method: self.params}


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


Chain = Annotated[
    list[Annotated[Step, BeforeValidator(_bare_step)]],
    Field(min_length=1, description="Cleaning steps, carried out in this order."),
]


class EEGCleaning(Strict):
    """The part of the preprocessing that cleaning depends on; not a section of config.yaml."""

    chain: Chain
    epochs: Epochs
    rois: dict[str, list[str]] = Field(description="Channels that contrasts will ask for.")


class EEGPreprocess(Strict):
    """From raw recording to clean epochs and evoked responses."""

    chain: Chain
    epochs: Epochs = Field(Epochs(), description="Epochs.")
    contrasts: dict[Name, Contrast] = Field({}, description="Difference waves by name.")
    statistics: Statistics = Field(Statistics(), description="Intervals and tests.")

    @property
    def rois(self) -> dict[str, list[str]]:
        """Channels of each contrast's region."""
        return {name: contrast.roi for name, contrast in self.contrasts.items()}

    @property
    def cleaning(self) -> EEGCleaning:
        """What cleaning depends on: a change of the rest does not clean again."""
        return EEGCleaning(chain=self.chain, epochs=self.epochs, rois=self.rois)

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
