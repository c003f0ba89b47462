"""`preprocess.spectra`: spectra, connectivity and microstates of a continuous recording."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from neuro.config.base import Name, Strict

Range = Annotated[tuple[float, float], Field(description="Lower and upper frequency, Hz.")]

DEFAULT_BANDS: dict[str, tuple[float, float]] = {
    "delta": (1.0, 4.0),
    "theta": (4.0, 8.0),
    "alpha": (8.0, 13.0),
    "beta": (13.0, 30.0),
    "gamma": (30.0, 45.0),
}
MIN_CYCLES = 5
"""Cycles of the lowest frequency that an epoch must hold for phases to mean something."""


class Aperiodic(Strict):
    """Parametrization of spectra by an aperiodic component and peaks (specparam)."""

    fit_range: Range | None = Field(
        None, description="Frequencies fitted, Hz; null for all from fmin to fmax."
    )
    mode: Literal["fixed", "knee"] = Field(
        "fixed", description="Aperiodic component: a line in log-log space, or one with a knee."
    )
    peak_width_limits: tuple[float, float] = Field(
        (1.0, 8.0), description="Narrowest and widest peak (full width), Hz."
    )
    max_n_peaks: int = Field(6, ge=0, description="Most peaks fitted to a spectrum.")
    min_peak_height: float = Field(
        0.1, ge=0, description="Lowest peak, log10 of power over the aperiodic component."
    )
    peak_threshold: float = Field(
        2.0, gt=0, description="Lowest peak, in standard deviations of the flattened spectrum."
    )


class Connectivity(Strict):
    """Coupling between all pairs of channels that zero-lag mixing alone does not produce."""

    methods: list[Literal["wpli", "imcoh", "aec"]] = Field(
        ["wpli", "imcoh", "aec"],
        min_length=1,
        description="`wpli` weighted phase lag index, `imcoh` imaginary part of coherency, `aec` "
        "correlation of orthogonalized amplitude envelopes.",
    )
    bands: list[Name] | None = Field(
        None, min_length=1, description="Names of the bands looked at; null for all."
    )
    epoch: float = Field(5.0, gt=0, description="Length of the epochs of wpli and imcoh, s.")
    envelope_epoch: float = Field(
        10.0, gt=0, description="Length of the epochs within which envelopes are correlated, s."
    )
    n_surrogates: int = Field(
        1000, ge=100, description="Random sign flips of the epochs behind chance levels and p."
    )


class Microstates(Strict):
    """Microstates: clusters of scalp maps that last (modified k-means, pycrostates)."""

    n_states: int = Field(4, ge=2, le=20, description="Number of maps.")
    band: Range = Field((2.0, 20.0), description="Band-pass before clustering, Hz.")
    n_init: int = Field(20, ge=1, description="Random starts of k-means; the best is kept.")
    smoothing: int = Field(
        10, ge=0, description="Weight of neighboring samples when samples are labelled; 0 for none."
    )
    half_window: float = Field(
        0.04, gt=0, description="How far neighboring samples count on either side, s."
    )


class Spectra(Strict):
    """Spectra of the cleaned continuous recording, and what is made of them."""

    method: Literal["welch", "multitaper"] = Field(
        "welch",
        description="Spectrum of a window: with a Hann taper and windows that overlap by half "
        "(Welch), or with several Slepian tapers and windows side by side.",
    )
    window: float = Field(
        4.0, gt=0, description="Length of a window, s; its inverse is the frequency resolution."
    )
    bandwidth: float | None = Field(
        None,
        gt=0,
        description="Full bandwidth of the multitaper smoothing, Hz; null for 8 / window.",
    )
    fmin: float = Field(1.0, gt=0, description="Lowest frequency, Hz.")
    fmax: float = Field(45.0, gt=0, description="Highest frequency, Hz.")
    bands: dict[Name, Range] | None = Field(
        None,
        min_length=1,
        description="Frequency bands by name, Hz, upper edge excluded; null for delta 1-4, theta "
        "4-8, alpha 8-13, beta 13-30 and gamma 30-45 Hz, cut to [fmin, fmax], without those of "
        "which less than half is left.",
    )
    roi: list[str] | None = Field(
        None,
        min_length=1,
        description="Channels whose mean spectrum is reported and drawn; null for all.",
    )
    confidence: float = Field(0.95, gt=0.5, lt=1, description="Confidence of every interval.")
    aperiodic: Aperiodic | None = Field(
        Aperiodic(), description="Parametrization of the spectra; null for none."
    )
    connectivity: Connectivity | None = Field(
        None, description="Connectivity between channels; null for none."
    )
    microstates: Microstates | None = Field(None, description="Microstates; null for none.")

    @property
    def named_bands(self) -> dict[str, tuple[float, float]]:
        """Bands by name, Hz: those given, or the usual ones within the limits."""
        if self.bands is not None:
            return dict(self.bands)
        cut = {
            name: (max(low, self.fmin), min(high, self.fmax))
            for name, (low, high) in DEFAULT_BANDS.items()
        }
        return {
            name: (low, high)
            for name, (low, high) in cut.items()
            if high - low >= (DEFAULT_BANDS[name][1] - DEFAULT_BANDS[name][0]) / 2
        }

    @property
    def coupled_bands(self) -> dict[str, tuple[float, float]]:
        """Bands by name, Hz, in which connectivity is looked at."""
        if self.connectivity is None:
            return {}
        names = self.connectivity.bands or list(self.named_bands)
        return {name: self.named_bands[name] for name in names}

    @property
    def fit_range(self) -> tuple[float, float]:
        """Frequencies that the parametrization looks at, Hz."""
        chosen = None if self.aperiodic is None else self.aperiodic.fit_range
        return chosen or (self.fmin, self.fmax)

    @model_validator(mode="after")
    def _limits(self) -> Self:
        if self.fmin >= self.fmax:
            raise ValueError(f"fmin ({self.fmin:g}) must be below fmax ({self.fmax:g})")
        if self.fmin * self.window < 1:
            raise ValueError(
                f"window ({self.window:g} s) must hold a cycle of fmin ({self.fmin:g} Hz): give "
                f"at least {1 / self.fmin:g} s or raise fmin"
            )
        if self.method == "welch" and self.bandwidth is not None:
            raise ValueError("bandwidth belongs to method multitaper; leave it out for welch")
        if self.bandwidth is not None and self.bandwidth * self.window < 2:
            raise ValueError(
                f"bandwidth ({self.bandwidth:g} Hz) must be at least 2 / window "
                f"= {2 / self.window:g} Hz"
            )
        return self

    @model_validator(mode="after")
    def _bands_inside(self) -> Self:
        if not self.named_bands:
            raise ValueError("no usual band lies within [fmin, fmax]; name some in `bands`")
        for name, band in self.named_bands.items():
            self._inside(f"bands.{name}", band)
            if (band[1] - band[0]) * self.window < 2:
                raise ValueError(
                    f"bands.{name} {list(band)} must be at least 2 / window "
                    f"= {2 / self.window:g} Hz wide"
                )
        return self

    @model_validator(mode="after")
    def _fit_possible(self) -> Self:
        if self.aperiodic is None:
            return self
        self._inside("aperiodic.fit_range", self.fit_range)
        low, high = self.aperiodic.peak_width_limits
        if not 2 / self.window <= low < high:
            raise ValueError(
                f"aperiodic.peak_width_limits {[low, high]} must rise and begin at 2 / window "
                f"= {2 / self.window:g} Hz or above"
            )
        return self

    @model_validator(mode="after")
    def _coupling_possible(self) -> Self:
        if self.connectivity is None:
            return self
        given = self.connectivity.bands or []
        if unknown := sorted(set(given) - set(self.named_bands)):
            raise ValueError(
                f"connectivity.bands names {unknown}; allowed: {sorted(self.named_bands)}"
            )
        for name, (low, _) in self.coupled_bands.items():
            for key in ("epoch", "envelope_epoch"):
                seconds = getattr(self.connectivity, key)
                if seconds * low < MIN_CYCLES:
                    raise ValueError(
                        f"connectivity.{key} ({seconds:g} s) must hold {MIN_CYCLES} cycles of "
                        f"{name}'s lowest frequency ({low:g} Hz): give at least "
                        f"{MIN_CYCLES / low:g} s or leave {name} out of connectivity.bands"
                    )
        return self

    @model_validator(mode="after")
    def _microstates_possible(self) -> Self:
        if self.microstates is not None and self.microstates.band[0] >= self.microstates.band[1]:
            raise ValueError(f"microstates.band {list(self.microstates.band)} must rise")
        return self

    def _inside(self, key: str, band: tuple[float, float]) -> None:
        if not self.fmin <= band[0] < band[1] <= self.fmax:
            raise ValueError(
                f"{key} {list(band)} must rise and lie within [fmin, fmax] "
                f"= [{self.fmin:g}, {self.fmax:g}] Hz"
            )
