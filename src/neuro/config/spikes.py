"""`datasets.<name>.preprocess` of a dataset of modality `spikes`."""

from typing import Literal, Self

from pydantic import Field, model_validator

from neuro.config.base import Name, Strict


class Units(Strict):
    """Which units are good enough; the others stay in the output, marked as not kept."""

    select: dict[str, list[str]] = Field(
        {},
        description="Values that a unit must have, by column of the units table, e.g. "
        "`location: [adn]`; phy's labels are the column `type`.",
    )
    region: str | None = Field(
        None,
        description="Column that tells the brain region; null for the first of `region`, "
        "`location`, `brain_region`, `brain_area`, `structure` that is there.",
    )
    min_rate: float = Field(0.1, ge=0, description="Least mean firing rate, Hz.")
    max_rate: float | None = Field(
        None, gt=0, description="Largest mean firing rate, Hz; null for none."
    )
    refractory: float = Field(
        0.002, gt=0, lt=0.1, description="Intervals between spikes below this are violations, s."
    )
    max_isi_violations: float = Field(
        0.02, ge=0, le=1, description="Largest share of intervals that are violations."
    )
    presence_window: float = Field(
        60.0, gt=0, description="Length of the windows in which a unit should spike, s."
    )
    min_presence: float = Field(
        0.5, ge=0, le=1, description="Least share of these windows with a spike (presence ratio)."
    )
    without_spikes: Literal["error", "drop"] = Field(
        "error",
        description="A unit without any spike: an `error`, or marked as not kept (`drop`).",
    )

    @model_validator(mode="after")
    def _rates(self) -> Self:
        if self.max_rate is not None and self.max_rate <= self.min_rate:
            raise ValueError(f"max_rate ({self.max_rate}) must be above min_rate ({self.min_rate})")
        return self


class SpikesEpochs(Strict):
    """Where bins are laid: each begins and ends within one interval of a table."""

    table: str | None = Field(
        None,
        description="Table of intervals: one of the NWB file, or `events` for the sidecar "
        "`_events.tsv`; null for `epochs` where there is such a table, else the whole recording. "
        "A table of trials works as well.",
    )
    label: str | None = Field(
        None,
        description="Column that names the intervals; null for the usual ones (`tags`, `label`, "
        "`trial_type`, `condition`...).",
    )
    use: list[str] | None = Field(
        None, min_length=1, description="Names of the intervals that are used; null for all."
    )
    outside: Literal["error", "drop"] = Field(
        "error",
        description="Spikes in no interval of the table: an `error`, since clocks may differ, or "
        "left out (`drop`), as for trials with pauses between them.",
    )


class Covariate(Strict):
    """Something that was measured beside the spikes, brought to the bins."""

    series: list[str] = Field(
        min_length=1,
        description="Series of the NWB file, e.g. `CompassDirection/ry`, or columns of the "
        "sidecar `_covariates.tsv`; several only for `speed`.",
    )
    kind: Literal["linear", "angle", "step", "speed"] = Field(
        "linear",
        description="`linear`: interpolated; `angle`: interpolated along the shorter arc; `step`: "
        "the last value holds (a stimulus); `speed`: length of the velocity of all series.",
    )
    column: int = Field(0, ge=0, description="Column of a series that has several.")
    unit: Literal["rad", "deg"] | None = Field(
        None, description="Unit of an angle; null for what the file tells."
    )
    max_gap: float | None = Field(
        0.5,
        gt=0,
        description="Nothing is interpolated over longer gaps, and a `step` holds no longer, s: "
        "such bins are missing; null for no limit.",
    )
    smoothing: float = Field(
        0.1,
        ge=0,
        description="`speed`: standard deviation of the Gaussian that smooths the positions, s.",
    )

    @model_validator(mode="after")
    def _one_series(self) -> Self:
        if len(self.series) > 1 and self.kind != "speed":
            raise ValueError(f"series: kind {self.kind!r} takes one, got {self.series}")
        if self.unit is not None and self.kind != "angle":
            raise ValueError(f"unit: belongs to kind 'angle', not to {self.kind!r}")
        return self


class Blocks(Strict):
    """Contiguous blocks for training and testing, with gaps between them.

    The bins of every kind of epoch (all of one name, in order) are cut into as many blocks, so
    that each block holds a part of each kind.
    """

    n: int = Field(10, ge=2, description="Number of blocks.")
    gap: float = Field(
        1.0, ge=0, description="Least time between bins of different blocks, s; it is in no block."
    )


class Tuning(Strict):
    """How units follow a covariate.

    For angles the strength is the resultant length of the occupancy-normalized curve, for others
    Skaggs' information in bits per spike.
    """

    epochs: list[str] | None = Field(
        None, min_length=1, description="Names of the epochs that count; null for all."
    )
    n_bins: int = Field(36, ge=4, le=360, description="Bins of the curve.")
    min_occupancy: float = Field(
        0.5, gt=0, description="Bins of the curve visited for less time are missing, s."
    )
    min_shift: float = Field(
        20.0, gt=0, description="Least circular shift between spikes and covariate for chance, s."
    )
    alpha: float = Field(
        0.05, gt=0, lt=0.5, description="Level of p, corrected over units (Benjamini-Hochberg)."
    )
    min_strength: float = Field(
        0.0, ge=0, description="Least strength of a unit that counts as tuned, beside its p."
    )


class SpikesBinning(Strict):
    """The part that binning depends on; not a section of config.yaml."""

    bin_width: float
    units: Units
    epochs: SpikesEpochs
    trials: str | None
    covariates: dict[Name, Covariate]
    blocks: Blocks


class SpikesPreprocess(Strict):
    """From spike times to binned counts, covariates and tuning."""

    bin_width: float = Field(0.1, gt=0, description="Width of the bins, s.")
    units: Units = Field(Units(), description="Quality of the units.")
    epochs: SpikesEpochs = Field(SpikesEpochs(), description="Parts of the recording.")
    trials: str | None = Field(
        None,
        description="Table of intervals whose number each bin bears, where its center lies within "
        "one; null for none.",
    )
    covariates: dict[Name, Covariate] = Field({}, description="Covariates by name.")
    blocks: Blocks = Field(Blocks(), description="Blocks for training and testing.")
    tuning: dict[Name, Tuning] = Field({}, description="Tuning curves by name of the covariate.")

    @property
    def binning(self) -> SpikesBinning:
        """What binning depends on: a change of the tuning does not bin again."""
        return SpikesBinning(**{key: getattr(self, key) for key in SpikesBinning.model_fields})

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        if unknown := sorted(set(self.tuning) - set(self.covariates)):
            raise ValueError(
                f"tuning: {unknown} unknown; allowed: the covariates {sorted(self.covariates)}"
            )
        for name, tuning in self.tuning.items():
            used = self.epochs.use
            unknown = sorted({*(tuning.epochs or [])} - {*(used or tuning.epochs or [])})
            if unknown:
                raise ValueError(
                    f"tuning.{name}.epochs: {unknown} unknown; allowed: epochs.use {used}"
                )
        return self
