"""Fluorescence with known spikes, for tests and benchmarks."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage, signal

from neuro.preprocess.calcium.traces import Floats


@dataclass(frozen=True)
class Simulated:
    """Traces and what is behind them.

    Parameters
    ----------
    fluorescence : ndarray, shape (n_neurons, n_times)
        Noisy traces, arbitrary unit.
    calcium : ndarray, shape (n_neurons, n_times)
        Noise-free dF/F.
    spikes : ndarray, shape (n_neurons, n_times)
        Spikes per frame.
    baseline : ndarray, shape (n_neurons, n_times)
        F0.
    sfreq : float
        Frame rate, Hz.
    """

    fluorescence: Floats
    calcium: Floats
    spikes: Floats
    baseline: Floats
    sfreq: float


def simulate(
    rng: np.random.Generator,
    *,
    n_neurons: int = 20,
    duration: float = 300.0,
    sfreq: float = 30.0,
    rate: float = 0.5,
    modulation: float = 0.0,
    tau_decay: float = 0.7,
    tau_rise: float = 0.0,
    amplitude: float = 0.5,
    noise: float = 0.15,
    f0: float = 100.0,
    bleaching: float = 0.0,
) -> Simulated:
    """Draw spikes and the fluorescence that an indicator makes of them.

    Parameters
    ----------
    rng : numpy.random.Generator
        Random numbers.
    n_neurons : int
        Neurons.
    duration, sfreq : float
        Length, s, and frame rate, Hz.
    rate : float
        Mean spikes per second.
    modulation : float
        Standard deviation of the logarithm of the rate, which drifts within seconds; 0 for a
        constant rate.
    tau_decay, tau_rise : float
        Time constants of the indicator, s; a rise of 0 is immediate.
    amplitude : float
        Peak of one spike, dF/F.
    noise : float
        Standard deviation of the noise, dF/F.
    f0 : float
        Baseline at the beginning.
    bleaching : float
        Share of the baseline lost by the end, exponentially.
    """
    n_times = round(duration * sfreq)
    shape = (n_neurons, n_times)
    time = np.arange(n_times) / sfreq
    drift = ndimage.gaussian_filter1d(rng.standard_normal(shape), 2 * sfreq, axis=1)
    drift /= drift.std(axis=1, keepdims=True)
    rates = rate * np.exp(modulation * drift - modulation**2 / 2)
    spikes = rng.poisson(rates / sfreq).astype(float)
    since = time[: round(8 * tau_decay * sfreq)]
    kernel = np.exp(-since / tau_decay)
    if tau_rise > 0:  # a frame ends after its spikes: light is there in the frame itself
        since = since + 1 / sfreq
        kernel = np.exp(-since / tau_decay) - np.exp(-since / tau_rise)
    calcium = signal.fftconvolve(spikes, (amplitude * kernel / kernel.max())[None], axes=1)
    calcium = np.maximum(calcium[:, :n_times], 0)
    baseline = np.tile(f0 * _decay(time / duration, bleaching), (n_neurons, 1))
    noisy = baseline * (1 + calcium + noise * rng.standard_normal(shape))
    return Simulated(noisy, calcium, spikes, baseline, sfreq)


def _decay(share: Floats, lost: float) -> Floats:
    """From 1 down to `1 - lost`, with a time constant of half the recording."""
    fall = (1 - np.exp(-2 * share)) / (1 - np.exp(-2.0))
    level: Floats = 1 - lost * fall
    return level
