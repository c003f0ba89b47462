"""`datasets.<name>.preprocess` of a dataset of modality `calcium`."""

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from neuro.config.base import Strict
from neuro.config.steps import OneMethod, bare_method

Kind = Literal["fluorescence", "dff", "zscore", "components"]
"""What traces are: raw fluorescence, dF/F, z-scores, or a factorization's components."""
LEAST_SURROGATES = 100
_ORDER = (
    ("dff", "neuropil"),
    ("dff", "bleaching"),
    ("resample", "neuropil"),
    ("deconvolve", "neuropil"),
    ("deconvolve", "motion"),
    ("deconvolve", "bleaching"),
    ("deconvolve", "dff"),
    ("deconvolve", "resample"),
    ("derivative", "neuropil"),
    ("derivative", "motion"),
    ("derivative", "bleaching"),
    ("derivative", "dff"),
    ("derivative", "resample"),
)
"""Steps after which another one has no sense."""


class CalciumReading(Strict):
    """What is taken from a recording's file."""

    series: str | None = Field(
        None,
        description="Which traces, where a file holds several: an NWB series by name, e.g. "
        "`ophys/DfOverF/RoiResponseSeries`, or `F_dff`, `C+YrA` or `C` of CaImAn; null "
        "for the one that can be meant.",
    )
    kind: Kind | None = Field(
        None,
        description="What the traces are: `fluorescence` (raw, with its baseline), `dff`, `zscore` "
        "or `components` (of a factorization such as CNMF, baseline removed, any unit); null for "
        "what the file says.",
    )
    sfreq: float | None = Field(
        None,
        gt=0,
        description="Frame rate, Hz, where neither the file nor SamplingFrequency of its sidecar "
        "gives it.",
    )
    cells_only: bool = Field(
        True,
        description="Only regions that the segmentation accepts as cells: `iscell` of suite2p and "
        "NWB, `idx_components` of CaImAn.",
    )
    exclude: list[str] = Field([], description="Neurons left out, by name.")
    names: Literal["exact", "first"] = Field(
        "exact",
        description="A list of names beside the traces must be as long as they are (`exact`), or "
        "its first names are presumed to be theirs (`first`).",
    )
    names_column: str | None = Field(
        None,
        description="Column of an NWB file's table of regions that names the neurons; an empty "
        "name stands for one without identity.",
    )
    identified: Literal["auto", "all", "none"] = Field(
        "auto",
        description="Whether names are identities that hold across animals: `auto` for names that "
        "are more than a number, `all`, or `none`.",
    )
    time_column: str | None = Field(
        None,
        description="Column of a table with the time of each frame, s; null for `time` or "
        "`timestamp` where there is one.",
    )
    covariates: dict[str, str] = Field(
        {},
        description="Units of covariates, what the animal did: columns of a table of traces that "
        "are no neurons, or of `<recording>_covariates.tsv` beside the recording; `rad` and `deg` "
        "make a circular one, e.g. `{heading: rad}`.",
    )


class Neuropil(Strict):
    """Subtract the light of the surrounding neuropil."""

    coefficient: float = Field(0.7, gt=0, le=1.5, description="Share of the neuropil's trace.")
    subtract: Literal["all", "fluctuation"] = Field(
        "all",
        description="The neuropil's trace itself, or only its fluctuation about its median, which "
        "leaves the neuron's level, and with it the baseline of dF/F, as it was.",
    )


class Motion(Strict):
    """Mark frames with motion artifacts as not good: all neurons jump at once.

    Steps that follow bridge such frames by straight lines.
    """

    jump_z: float | None = Field(
        8.0,
        gt=0,
        description="Robust z-score of the mean absolute difference between a frame and the one "
        "before, over neurons, from which both are bad; null for none.",
    )
    shift: float | None = Field(
        None,
        gt=0,
        description="Distance of the frame from its median position, pixels, from which it is bad, "
        "where an NWB file holds the shifts of motion correction; null for none.",
    )
    pad: float = Field(0.0, ge=0, description="Margin before and after a bad frame, s.")
    max_share: float = Field(
        0.25, gt=0, le=1, description="A recording with a larger share of bad frames is an error."
    )


class Bleaching(Strict):
    """Remove the exponential decay of the fluorophore's brightness, fitted to each neuron."""

    correction: Literal["divide", "subtract"] = Field(
        "divide",
        description="`divide` by the fitted decay, relative to its beginning, which leaves dF/F "
        "right and needs raw fluorescence; or `subtract` it.",
    )
    min_r2: float = Field(
        0.3,
        ge=0,
        lt=1,
        description="Least share of the slow baseline's variance that the decay must explain; a "
        "neuron with less is left as it is.",
    )


class DFF(Strict):
    """(F - F0) / F0, with a running percentile as baseline F0."""

    percentile: float = Field(8.0, ge=0, le=50, description="Percentile of the trace.")
    window: float = Field(60.0, gt=0, description="Width of the running window, s.")
    smoothing: float = Field(
        1.0,
        ge=0,
        description="Standard deviation of the Gaussian that smooths the trace before the "
        "percentile is taken, so that noise does not lower it, s; 0 for none.",
    )
    max_dff: float = Field(
        100.0,
        gt=0,
        description="A larger dF/F means that the baseline is none: error, or as `nonpositive` "
        "says.",
    )
    nonpositive: Literal["error", "exclude"] = Field(
        "error",
        description="What to do with a neuron without a positive baseline: stop, or leave it out "
        "as not present.",
    )


class CalciumResample(Strict):
    """Bring the traces to a common frame rate and evenly spaced frames."""

    sfreq: float = Field(gt=0, description="New frame rate, Hz.")
    max_gap: float = Field(
        2.0, gt=0, description="Frames within a longer gap of the recording are not good, s."
    )


class Select(Strict):
    """Leave out neurons as not present."""

    min_snr: float | None = Field(
        None,
        gt=0,
        description="Least signal-to-noise ratio: distance of the trace's 99th percentile from its "
        "median, in standard deviations of the noise; null for any.",
    )
    max_noise: float | None = Field(
        None,
        gt=0,
        description="Largest noise level of dF/F, %/√Hz (median absolute difference between "
        "frames over the root of the frame rate); null for any.",
    )

    @model_validator(mode="after")
    def _some_limit(self) -> Self:
        if self.min_snr is None and self.max_noise is None:
            raise ValueError("give min_snr, max_noise or both")
        return self


class Deconvolve(Strict):
    """Denoised traces and events by sparse non-negative deconvolution (OASIS)."""

    order: Literal[1, 2] = Field(
        1, description="Order of the autoregressive kernel: 1 decays, 2 rises and decays."
    )
    tau_decay: float | None = Field(
        None,
        gt=0,
        description="Time constant of the decay, s; null to estimate it from the traces.",
    )
    tau_rise: float | None = Field(
        None,
        gt=0,
        description="Time constant of the rise, s, for order 2; null to estimate it with the "
        "decay.",
    )
    pool: bool = Field(
        True,
        description="Take the median of the estimated time constants for all neurons: they share "
        "the indicator, and one trace alone tells little.",
    )
    penalty: Literal[0, 1] = Field(
        1, description="Sparsity: 1 for a small sum of events (L1), 0 for few events (L0)."
    )

    @model_validator(mode="after")
    def _times(self) -> Self:
        if self.tau_rise is not None and (self.order == 1 or self.tau_decay is None):
            raise ValueError("tau_rise needs order: 2, and tau_decay beside it")
        if self.order == 2 and (self.tau_rise is None) != (self.tau_decay is None):
            raise ValueError("order 2: give both tau_decay and tau_rise, or neither")
        if self.tau_rise is not None and self.tau_rise >= (self.tau_decay or 0):
            raise ValueError(
                f"tau_rise ({self.tau_rise}) must be below tau_decay ({self.tau_decay})"
            )
        return self


class Derivative(Strict):
    """Rate of change of the traces, per second."""

    method: Literal["savgol", "tv"] = Field(
        "savgol",
        description="`savgol`, local polynomials, or `tv`, total-variation regularization, whose "
        "derivative is made of constant pieces with sharp steps.",
    )
    window: float = Field(
        3.0, gt=0, description="Width of the polynomials' window, or time scale of the pieces, s."
    )
    polyorder: int = Field(2, ge=1, le=5, description="`savgol`: order of the polynomials.")


class CalciumStep(OneMethod):
    """One step of the chain: `{method: {params}}`, exactly one method."""

    neuropil: Neuropil | None = Field(None, description="Neuropil correction.")
    motion: Motion | None = Field(None, description="Frames with motion artifacts.")
    bleaching: Bleaching | None = Field(None, description="Photobleaching.")
    dff: DFF | None = Field(None, description="Relative fluorescence.")
    resample: CalciumResample | None = Field(None, description="Frame rate.")
    select: Select | None = Field(None, description="Neurons by quality.")
    deconvolve: Deconvolve | None = Field(None, description="Denoised traces and events.")
    derivative: Derivative | None = Field(None, description="Rate of change.")


class Alignment(Strict):
    """Neurons that animals share by name, on one axis."""

    min_animals: int = Field(
        1, ge=1, description="Recordings that must have a neuron for it to be on the axis."
    )


class Tuning(Strict):
    """Tuning to a circular covariate, such as the heading."""

    bins: int = Field(36, ge=6, description="Bins of the circle.")
    smoothing: float = Field(
        10.0, ge=0, description="Standard deviation of the Gaussian over the circle, degrees."
    )
    n_surrogates: int = Field(
        500,
        ge=LEAST_SURROGATES,
        description="Circular shifts of the covariate in time, behind p.",
    )
    min_shift: float = Field(20.0, gt=0, description="Least shift, s.")


CalciumChain = Annotated[
    list[
        Annotated[
            CalciumStep, BeforeValidator(bare_method, json_schema_input_type=CalciumStep | str)
        ]
    ],
    Field(description="Steps, carried out in this order; may be empty."),
]


class CalciumCleaning(Strict):
    """The part of the preprocessing that the traces depend on; not a section of config.yaml."""

    read: CalciumReading
    chain: CalciumChain | None

    def chain_for(self, kind: str, *, neuropil: bool) -> list[CalciumStep]:
        """The chain, or where none is given the usual one for what a recording holds.

        Parameters
        ----------
        kind : str
            What the traces are.
        neuropil : bool
            Whether there are traces of the neuropil.
        """
        if self.chain is not None:
            return self.chain
        first = [CalciumStep(neuropil=Neuropil())] if neuropil else []
        last = [CalciumStep(derivative=Derivative())]
        events = [CalciumStep(deconvolve=Deconvolve())]
        if kind == "fluorescence":
            return [*first, CalciumStep(dff=DFF()), *events, *last]
        return last if kind == "zscore" else [*events, *last]


class CalciumAligning(Strict):
    """The part of the preprocessing that alignment depends on; not a section of config.yaml."""

    alignment: Alignment | None


class CalciumDescribing(Strict):
    """The part of the preprocessing that figures depend on; not a section of config.yaml."""

    tuning: Tuning


class CalciumPreprocess(Strict):
    """From fluorescence to dF/F, events and derivatives."""

    read: CalciumReading = Field(CalciumReading(), description="What is taken from the file.")
    chain: CalciumChain | None = Field(
        None,
        description="Ordered steps; null for the usual ones: of raw fluorescence neuropil (where "
        "there is one), dff, deconvolve, derivative; of dF/F and components the last two; of "
        "z-scores the last.",
    )
    tuning: Tuning = Field(Tuning(), description="Tuning to circular covariates.")
    alignment: Alignment | None = Field(
        Alignment(), description="Neurons across animals; null for none."
    )

    @property
    def cleaning(self) -> CalciumCleaning:
        """What the traces depend on: a change of the rest does not compute them again."""
        return CalciumCleaning(read=self.read, chain=self.chain)

    @property
    def describing(self) -> CalciumDescribing:
        """What the figures of a recording depend on beside its traces."""
        return CalciumDescribing(tuning=self.tuning)

    @property
    def aligning(self) -> CalciumAligning:
        """What the alignment depends on beside the traces."""
        return CalciumAligning(alignment=self.alignment)

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        methods = [step.method for step in self.chain or []]
        if twice := sorted({m for m in methods if methods.count(m) > 1}):
            raise ValueError(f"chain: {twice} more than once; each step is carried out once")
        for later, earlier in _ORDER:
            if later in methods and earlier in methods[methods.index(later) :]:
                raise ValueError(f"chain: {earlier} must come before {later}")
        return self
