"""What the spectra of one recording consist of."""

from dataclasses import dataclass

import mne
import numpy as np
from numpy.typing import NDArray

from neuro.preprocess.aperiodic import Fit, Intervals
from neuro.preprocess.coupling import Coupling
from neuro.preprocess.microstates import States
from neuro.preprocess.power import Power

Floats = NDArray[np.float64]
ALPHA = 0.05


@dataclass(frozen=True)
class MeanSpectrum:
    """Geometric mean over channels.

    Parameters
    ----------
    mean, low, high : ndarray, shape (n_freqs,)
        Density, V²/Hz, and its band.
    fit : Fit | None
        Its model.
    intervals : Intervals | None
        Intervals of the model's parameters.
    """

    mean: Floats
    low: Floats
    high: Floats
    fit: Fit | None
    intervals: Intervals | None


@dataclass(frozen=True)
class Signals:
    """What spectra are of.

    Parameters
    ----------
    noun : str
        What one signal is called.
    source : str
        What the signals come from, for a methods section.
    unit : str
        Their SI unit; `1` for none.
    shown, factor : str, float
        Unit of power in figures, and factor to it.
    places : ndarray, shape (n_signals, 3) | None
        Where signals without sensors are, mm, MNI152.
    """

    noun: str = "channel"
    source: str = "the cleaned continuous recording"
    unit: str = "V"
    shown: str = "µV²"
    factor: float = 1e12
    places: Floats | None = None

    @property
    def power_unit(self) -> str:
        """SI unit of power."""
        return "1" if self.unit == "1" else f"{self.unit}**2"


EEG = Signals()


@dataclass(frozen=True)
class Result:
    """All that was estimated.

    Parameters
    ----------
    info : mne.Info
        The channels.
    bads : list of str
        Bad channels, which were left out.
    seconds : float
        Duration of the good parts, s.
    roi : list of str
        Channels of the mean spectrum.
    power : Power
        Spectra and band power by channel.
    mean : MeanSpectrum
        Over `roi`.
    fits : list of Fit | None
        Model of each channel's spectrum, None where it did not converge; empty if not asked for.
    coupling : dict
        Connectivity by method and band; empty if not asked for.
    states : States | None
        Microstates.
    signals : Signals
        What the spectra are of.
    """

    info: mne.Info
    bads: list[str]
    seconds: float
    roi: list[str]
    power: Power
    mean: MeanSpectrum
    fits: list[Fit | None]
    coupling: dict[str, dict[str, Coupling]]
    states: States | None
    signals: Signals = EEG

    def per_channel(self, key: str) -> Floats:
        """A parameter of the fits, NaN where there is none, shape (n_channels,)."""
        return np.array([np.nan if one is None else getattr(one, key) for one in self.fits])

    @property
    def not_fitted(self) -> list[str]:
        """Channels whose fit did not converge."""
        pairs = zip(self.info["ch_names"], self.fits, strict=False)
        return [name for name, one in pairs if one is None]
