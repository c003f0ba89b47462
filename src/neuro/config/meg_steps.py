"""Steps of the cleaning chain: `datasets.<name>.preprocess.chain` of an MEG dataset."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from neuro.config.base import Strict
from neuro.config.steps import MNE, Filter, LineNoise, OneMethod, Resample, bare_method


class Maxwell(Strict):
    """Signal-space separation (Maxwell filter) with its temporal extension.

    Skipped, with the reason told, where it cannot be trusted: the recording has been through it,
    is not from a Neuromag/Elekta/MEGIN system, has no head position, or lacks the system's
    fine-calibration and cross-talk files.
    """

    st_duration: float | None = Field(
        10.0, gt=0, description="Buffer of the temporal extension (tSSS), s; null for plain SSS."
    )
    st_correlation: float = Field(
        0.98, gt=0, le=1, description="Correlation from which the temporal extension removes."
    )
    calibration: str | None = Field(
        None,
        description="Fine-calibration file (`.dat`); null for `*_acq-calibration_meg.dat` of BIDS.",
    )
    cross_talk: str | None = Field(
        None,
        description="Cross-talk file (`.fif`); null for `*_acq-crosstalk_meg.fif` of BIDS.",
    )
    uncalibrated: bool = Field(
        False, description="Filter also without fine-calibration and cross-talk files."
    )
    int_order: int = Field(8, ge=1, description="Order of the inner expansion.")
    ext_order: int = Field(3, ge=1, description="Order of the outer expansion.")


class Projections(Strict):
    """Apply the signal-space projections that are stored in the recording."""


class MEGBadChannels(Strict):
    """Mark bad MEG channels, by type: outliers of the generalized ESD test of log amplitude.

    Segments whose annotation begins with `bad` do not count.
    """

    alpha: float = Field(0.05, gt=0, lt=0.5, description="Level of the test, two-sided.")
    gesd_max_share: float = Field(
        0.1, gt=0, lt=0.5, description="Largest share of a type's channels that it may declare bad."
    )
    flat: float = Field(
        0.01,
        ge=0,
        lt=1,
        description="A channel is flat if its standard deviation is below this share of its "
        "type's median.",
    )
    max_share: float = Field(
        0.25, gt=0, le=1, description="A recording with a larger share of bad channels is an error."
    )


class MEGBadSegments(Strict):
    """Annotate bad segments: outliers of the generalized ESD test, `BAD_gesd_*`.

    Judged by type of channel on the standard deviation of windows, averaged over good channels,
    of the recording and of its first difference.
    """

    length: float = Field(2.0, gt=0, description="Length of the windows, s.")
    alpha: float = Field(0.05, gt=0, lt=0.5, description="Level of the test.")
    gesd_max_share: float = Field(
        0.1, gt=0, lt=0.5, description="Largest share of windows that one test may declare bad."
    )
    difference: bool = Field(True, description="Judge the first difference too.")


class MEGICA(Strict):
    """Remove heart, eyes and muscles by independent component analysis.

    Fitted to a band-passed copy of the good MEG channels outside of bad segments.
    """

    method: Literal["picard", "infomax", "fastica"] = Field(
        "picard", description="Algorithm; `picard` and `infomax` with extended statistics."
    )
    n_components: Annotated[int, Field(ge=2)] | Annotated[float, Field(gt=0, lt=1)] = Field(
        40,
        description="Number of components, at most the data's rank; or the share of variance.",
    )
    l_freq: float = Field(1.0, gt=0, description="High-pass of the copy, Hz.")
    h_freq: float | None = Field(
        None, gt=0, description="Low-pass of the copy, Hz; null for that of the recording."
    )
    decim: int = Field(1, ge=1, description="Take every n-th sample for the fit.")
    max_iter: int = Field(500, ge=1, description="Most iterations of the fit.")
    correlate: list[Literal["eog", "ecg", "muscle"]] = Field(
        ["eog", "ecg", "muscle"],
        description="`eog`: what correlates with EOG channels, if there are any; `ecg`: what "
        "follows the heart beat (of the ECG channel, or of the magnetometers without one); "
        "`muscle`: what looks like muscles by spectrum and map.",
    )
    eog_correlation: float = Field(
        0.35, gt=0, lt=1, description="`eog`: absolute correlation from which a component goes."
    )
    ecg_score: float | None = Field(
        None,
        gt=0,
        lt=1,
        description="`ecg`: phase statistic (cross-trial) from which a component goes; null for "
        "a threshold by the number of beats.",
    )
    muscle_score: float = Field(
        0.5, gt=0, lt=1, description="`muscle`: score from which a component goes."
    )


class MEGInterpolate(Strict):
    """Replace bad MEG channels by field interpolation, and bad EEG channels by splines."""


class MEGStep(OneMethod):
    """One step of the chain: `{method: {params}}`, exactly one method."""

    maxwell: Maxwell | None = Field(None, description="Signal-space separation.")
    projections: Projections | None = Field(None, description="Stored projections.")
    filter: Filter | None = Field(None, description="Band-pass filter.")
    line_noise: LineNoise | None = Field(None, description="Power-line noise.")
    resample: Resample | None = Field(None, description="Sampling rate.")
    bad_channels: MEGBadChannels | None = Field(None, description="Detection of bad channels.")
    bad_segments: MEGBadSegments | None = Field(None, description="Detection of bad segments.")
    ica: MEGICA | None = Field(None, description="Independent components of artifacts.")
    interpolate: MEGInterpolate | None = Field(None, description="Interpolation of bad channels.")
    mne: Annotated[MNE, BeforeValidator(bare_method)] | None = Field(
        None, description="A method of MNE's Raw."
    )
