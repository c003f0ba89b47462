"""Steps of the cleaning chain: `datasets.<name>.preprocess.chain` of an EEG dataset."""

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_serializer, model_validator

from neuro.config.base import Strict
from neuro.config.ica import ICA


def bare_method(value: Any) -> Any:
    """Let `- interpolate` and `- interpolate:` stand for `- interpolate: {}`."""
    if isinstance(value, str):
        return {value: {}}
    if isinstance(value, dict):
        return {key: {} if params is None else params for key, params in value.items()}
    return value


class OneMethod(Strict):
    """`{method: {params}}`, exactly one method."""

    @model_validator(mode="after")
    def _one_method(self) -> Self:
        if len(self.model_fields_set) != 1:
            given = sorted(self.model_fields_set) or "none"
            raise ValueError(f"a step is exactly one method, got {given}")
        return self

    @property
    def method(self) -> str:
        """Name of the method."""
        return next(iter(self.model_fields_set))

    @property
    def params(self) -> Any:
        """Parameters of the method."""
        return getattr(self, self.method)

    @model_serializer
    def _only_the_method(self) -> dict[str, Any]:
        """Dump to what a user writes, so that a dump validates again."""
        return {self.method: self.params}


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


class LineNoise(Strict):
    """Remove the hum of the power line and its harmonics."""

    method: Literal["notch", "zapline"] = Field(
        "notch",
        description="`notch` filters (zero-phase FIR), or `zapline`, which projects out the "
        "components that are strongest at the line frequency and keeps the rest of the spectrum.",
    )
    freq: float | None = Field(
        None,
        gt=0,
        description="Line frequency, Hz; null for PowerLineFrequency of the recording's sidecar.",
    )
    n_remove: int = Field(1, ge=1, description="Components that `zapline` removes.")


class Resample(Strict):
    """Change the sampling rate, with an anti-aliasing filter."""

    sfreq: float = Field(gt=0, description="New sampling rate, Hz.")


BadChannelMethod = Literal[
    "flat", "lof", "deviation", "hf_noise", "correlation", "neighbors", "ransac"
]


class BadChannels(Strict):
    """Mark bad channels: a channel that any of the methods finds.

    Segments whose annotation begins with `bad` do not count.
    """

    methods: list[BadChannelMethod] = Field(
        ["flat", "lof"],
        min_length=1,
        description="`flat`; `lof` outliers among all channels (local outlier factor); of the PREP "
        "pipeline (pyprep) `deviation` in amplitude, `hf_noise` above 50 Hz, `correlation` with "
        "any other channel, and `ransac`, poorly predicted from other channels, which implies "
        "`deviation` and `correlation`; `neighbors` weakly correlated with the nearest channels.",
    )
    flat: float = Field(0.1, ge=0, description="A channel whose standard deviation is less, in µV.")
    lof_threshold: float = Field(
        2.0,
        gt=1,
        description="Local outlier factor from which a channel is bad; 1 is an ordinary channel.",
    )
    n_neighbors: int = Field(
        20,
        ge=2,
        description="Channels each channel is compared with by `lof`; at most half of all are "
        "taken.",
    )
    deviation_z: float = Field(
        5.0, gt=0, description="`deviation`: robust z-score of the amplitude, either sign."
    )
    hf_noise_z: float = Field(
        5.0, gt=0, description="`hf_noise`: robust z-score of the share above 50 Hz."
    )
    correlation: float = Field(
        0.4,
        gt=0,
        lt=1,
        description="`correlation`: least correlation with another channel, in windows of 1 s.",
    )
    correlation_share: float = Field(
        0.01, ge=0, lt=1, description="`correlation`: largest share of windows below it."
    )
    neighbors_k: float = Field(
        3.0,
        gt=0,
        description="`neighbors`: distance below the median of all channels, in distances of the "
        "0.15 quantile from it, from which a channel stands out in a window of 1 s.",
    )
    neighbors_share: float = Field(
        0.2, ge=0, lt=1, description="`neighbors`: largest share of windows in which it stands out."
    )
    ransac_correlation: float = Field(
        0.75,
        gt=0,
        lt=1,
        description="`ransac`: least correlation with the prediction, in windows of 5 s.",
    )
    ransac_share: float = Field(
        0.4, ge=0, lt=1, description="`ransac`: largest share of windows below it."
    )
    ransac_samples: int = Field(
        50, ge=1, description="`ransac`: random sets of channels that predict."
    )
    max_share: float = Field(
        0.25, gt=0, le=1, description="A recording with a larger share of bad channels is an error."
    )


class Interpolate(Strict):
    """Replace bad channels by spherical-spline interpolation."""


class BadSegments(Strict):
    """Annotate bad segments of the good EEG channels: `BAD_amplitude`, `BAD_muscle`, `BAD_gesd`.

    Windows that an earlier bad segment or a discontinuity touches are left as they are.
    """

    length: float = Field(
        1.0, gt=0, description="Length of the windows that are judged by amplitude and gesd, s."
    )
    amplitude: float | None = Field(
        None,
        gt=0,
        description="A window is bad if more than amplitude_share of the channels have a larger "
        "peak-to-peak, µV; null for none.",
    )
    amplitude_share: float = Field(0.05, ge=0, lt=1, description="Share of the channels.")
    muscle_z: float | None = Field(
        None,
        gt=0,
        description="Segments whose envelope in the muscles' band exceeds this z-score, averaged "
        "over channels; null for none.",
    )
    muscle_band: tuple[float, float] = Field((110.0, 140.0), description="Muscles' band, Hz.")
    gesd_alpha: float | None = Field(
        0.05,
        gt=0,
        lt=0.5,
        description="Windows whose variance is an upper outlier of the generalized extreme "
        "studentized deviate test at this level; null for none.",
    )
    gesd_max_share: float = Field(
        0.1, gt=0, lt=0.5, description="Largest share of windows that the test may declare bad."
    )

    @model_validator(mode="after")
    def _something_to_do(self) -> Self:
        if self.amplitude is None and self.muscle_z is None and self.gesd_alpha is None:
            raise ValueError("give amplitude, muscle_z, gesd_alpha or several of them")
        if self.muscle_band[0] >= self.muscle_band[1]:
            raise ValueError(f"muscle_band must begin below its end, got {list(self.muscle_band)}")
        return self


class Reference(Strict):
    """Re-reference."""

    channels: Literal["average", "REST", "mastoids"] | list[str] = Field(
        "average",
        description="`average`; `REST`, a point at infinity by way of a spherical head model; "
        "`mastoids`, the mean of M1 and M2 or else of TP9 and TP10; or the names of the reference "
        "electrodes.",
    )


class CSD(Strict):
    """Current source density: surface Laplacian by spherical splines."""

    lambda2: float = Field(1e-5, ge=0, lt=1, description="Regularization of the splines.")
    stiffness: float = Field(4.0, gt=0, description="Stiffness of the splines.")


class MNE(OneMethod):
    """Call a method of MNE's Raw, as MNE documents it: `{method: {keyword: value}}`."""

    apply_gradient_compensation: dict[str, Any] | None = Field(
        None, description="Gradient compensation of CTF recordings."
    )
    crop: dict[str, Any] | None = Field(None, description="Keep a part of the recording.")
    drop_channels: dict[str, Any] | None = Field(None, description="Leave channels out.")
    filter: dict[str, Any] | None = Field(None, description="Filter with all of MNE's options.")
    notch_filter: dict[str, Any] | None = Field(None, description="Notch filters.")
    pick: dict[str, Any] | None = Field(None, description="Keep channels.")
    rename_channels: dict[str, Any] | None = Field(None, description="Rename channels.")
    resample: dict[str, Any] | None = Field(None, description="Resample with all options.")
    rescale: dict[str, Any] | None = Field(None, description="Multiply by a factor.")
    savgol_filter: dict[str, Any] | None = Field(None, description="Savitzky-Golay low-pass.")
    set_channel_types: dict[str, Any] | None = Field(None, description="Give channels a type.")


class Step(OneMethod):
    """One step of the chain: `{method: {params}}`, exactly one method."""

    montage: Montage | None = Field(None, description="Electrode positions.")
    filter: Filter | None = Field(None, description="Band-pass filter.")
    line_noise: LineNoise | None = Field(None, description="Power-line noise.")
    resample: Resample | None = Field(None, description="Sampling rate.")
    bad_channels: BadChannels | None = Field(None, description="Detection of bad channels.")
    bad_segments: BadSegments | None = Field(None, description="Detection of bad segments.")
    ica: ICA | None = Field(None, description="Independent components of artifacts.")
    interpolate: Interpolate | None = Field(None, description="Interpolation of bad channels.")
    reference: Reference | None = Field(None, description="Reference.")
    csd: CSD | None = Field(None, description="Current source density.")
    mne: Annotated[MNE, BeforeValidator(bare_method)] | None = Field(
        None, description="A method of MNE's Raw."
    )


Chain = Annotated[
    list[Annotated[Step, BeforeValidator(bare_method, json_schema_input_type=Step | str)]],
    Field(min_length=1, description="Cleaning steps, carried out in this order."),
]
