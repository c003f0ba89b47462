"""Simulated calcium traces of worms with planted motifs, missing neurons and a stimulus.

The truth is trilinear. While a motif is active, the neurons of each of its groups share a carrier
that every worm draws anew; time courses are shared by all worms. The covariance of the derivatives
of two neurons at an instant is therefore a sum over motifs of time course x strength in the worm x
product of the two memberships, in units of a carrier's variance.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

BAND = (0.1, 0.8)
"""Pass band of the derivatives' carriers and noise, Hz."""
N_GROUPS, GROUP = 2, 6
"""Groups of a motif, and neurons of a group."""
MEMBERSHIP = (0.7, 1.0)
"""Bounds of the members' uniform weights."""
STRENGTH = (0.3, 1.0)
"""Bounds of the motifs' uniform strengths in a worm."""
STIMULUS = (60.0, 10.0, 2.0)
"""Interval from onset to onset, duration, and time constant of the response, s."""
BUMP = (40.0, 4.0, 8.0)
"""A bump per so many seconds, and bounds of the bumps' standard deviation, s."""
DRIFT = 0.5
"""Standard deviation of the slow baseline, in units of the trace without it."""
GAUGE = 0.05
"""Standard deviation of the measurement's noise, in the same units."""


@dataclass(frozen=True)
class Worms:
    """Traces and what is behind them.

    Parameters
    ----------
    traces : ndarray, shape (n_worms, n_neurons, n_times)
        dF/F-like, arbitrary unit; NaN where a worm lacks the neuron.
    names : list of str
        Neurons.
    sfreq : float
        Frames per second.
    stimulus : ndarray, shape (n_stimuli, 2)
        Onsets and ends, s.
    times : ndarray, shape (n_times, n_motifs)
        Time courses, 0 to 1; the first follows the stimulus.
    strengths : ndarray, shape (n_worms, n_motifs)
        Strength of each motif in each worm.
    memberships : ndarray, shape (n_motifs, n_neurons, n_groups)
        Weight of each neuron in each group of a motif; 0 for others.
    derivatives : ndarray, shape (n_worms, n_neurons, n_times)
        Derivatives without any noise, also of missing neurons.
    """

    traces: Floats
    names: list[str]
    sfreq: float
    stimulus: Floats
    times: Floats
    strengths: Floats
    memberships: Floats
    derivatives: Floats

    @property
    def communities(self) -> Ints:
        """Group of each neuron in each motif, 0 for none; shape (n_motifs, n_neurons)."""
        member = self.memberships > 0
        groups: Ints = np.where(member.any(2), member.argmax(2) + 1, 0)
        return groups

    @property
    def pairs(self) -> Floats:
        """Product of the memberships of each pair of neurons, shape (n_pairs, n_motifs)."""
        square = np.einsum("rng,rmg->rnm", self.memberships, self.memberships)
        first, second = np.triu_indices(square.shape[1], 1)
        pairs: Floats = square[:, first, second].T
        return pairs


def simulate(
    rng: np.random.Generator,
    *,
    n_worms: int = 16,
    n_neurons: int = 40,
    duration: float = 480.0,
    sfreq: float = 4.0,
    n_motifs: int = 4,
    noise: float = 0.5,
    missing: float = 0.2,
) -> Worms:
    """Draw motifs, and worms that have them.

    Parameters
    ----------
    rng : Generator
        Random numbers.
    n_worms, n_neurons, n_motifs : int
        How many; the first motif follows the stimulus.
    duration, sfreq : float
        Length of a recording, s, and frames per second.
    noise : float
        Standard deviation of each neuron's own derivative, in units of a carrier's.
    missing : float
        Share of neurons that a worm lacks.

    Raises
    ------
    ValueError
        If groups do not fit the neurons, or the band does not fit the rate.
    """
    _check(n_neurons, duration, sfreq, missing)
    n_times = round(duration * sfreq)
    time = np.arange(n_times) / sfreq
    onsets = np.arange(STIMULUS[0], duration - STIMULUS[1], STIMULUS[0])
    stimulus = np.stack([onsets, onsets + STIMULUS[1]], 1)
    times = np.stack(
        [_response(time, stimulus), *(_bumps(time, rng) for _ in range(n_motifs - 1))], 1
    )
    memberships = _memberships(n_motifs, n_neurons, rng)
    strengths = rng.uniform(*STRENGTH, (n_worms, n_motifs))
    traces, clean = record(times, strengths, memberships, sfreq, noise, rng)
    traces[rng.random((n_worms, n_neurons)) < missing] = np.nan
    width = len(str(n_neurons - 1))
    names = [f"N{chr(65 + i % 26)}{i:0{width}d}" for i in range(n_neurons)]
    return Worms(traces, names, sfreq, stimulus, times, strengths, memberships, clean)


def record(
    times: Floats,
    strengths: Floats,
    memberships: Floats,
    sfreq: float,
    noise: float,
    rng: np.random.Generator,
) -> tuple[Floats, Floats]:
    """Draw carriers and noise for given motifs.

    Parameters
    ----------
    times, strengths, memberships : ndarray
        As in :class:`Worms`.
    sfreq, noise : float
        As in :func:`simulate`.
    rng : Generator
        Random numbers.

    Returns
    -------
    traces, derivatives : ndarray, shape (n_worms, n_neurons, n_times)
        As in :class:`Worms`, without missing neurons.
    """
    n_motifs, n_neurons, _ = memberships.shape
    clean = np.empty((len(strengths), n_neurons, len(times)))
    traces = np.empty_like(clean)
    for worm, strength in enumerate(strengths):
        carriers = _band_noise((n_motifs, N_GROUPS, len(times)), sfreq, rng)
        amplitude = np.sqrt(times.T * strength[:, None])
        clean[worm] = np.einsum("rng,rt,rgt->nt", memberships, amplitude, carriers)
        own = noise * _band_noise((n_neurons, len(times)), sfreq, rng)
        traces[worm] = _trace(clean[worm] + own, sfreq, rng)
    return traces, clean


def _check(n_neurons: int, duration: float, sfreq: float, missing: float) -> None:
    if n_neurons < N_GROUPS * GROUP:
        raise ValueError(f"a motif has {N_GROUPS * GROUP} neurons, got n_neurons={n_neurons}")
    if sfreq <= 2 * BAND[1]:
        raise ValueError(f"carriers reach {BAND[1]} Hz: sfreq must be above twice that")
    if duration < STIMULUS[0] + 2 * STIMULUS[1]:
        raise ValueError(f"duration must hold a stimulus, which comes at {STIMULUS[0]:g} s")
    if not 0 <= missing < 1:
        raise ValueError(f"missing must be a share from 0 up to below 1, got {missing}")


def _response(time: Floats, stimulus: Floats) -> Floats:
    """Exponential approach to 1 in the stimulus, and decay after it."""
    course = np.zeros_like(time)
    tau = STIMULUS[2]
    for onset, end in stimulus:
        rise = 1 - np.exp(-(np.clip(time, onset, end) - onset) / tau)
        course += rise * np.exp(-np.clip(time - end, 0, None) / tau)
    scaled: Floats = course / course.max()
    return scaled


def _bumps(time: Floats, rng: np.random.Generator) -> Floats:
    """Gaussian bumps at random times."""
    every, narrow, wide = BUMP
    course = np.zeros_like(time)
    for centre in rng.uniform(0, float(time[-1]), max(1, round(float(time[-1]) / every))):
        course += np.exp(-((time - centre) ** 2) / (2 * rng.uniform(narrow, wide) ** 2))
    clipped: Floats = np.minimum(course, 1.0)
    return clipped


def _memberships(n_motifs: int, n_neurons: int, rng: np.random.Generator) -> Floats:
    weights = np.zeros((n_motifs, n_neurons, N_GROUPS))
    for motif in weights:
        members = rng.permutation(n_neurons)[: N_GROUPS * GROUP].reshape(N_GROUPS, GROUP)
        for group, chosen in enumerate(members):
            motif[chosen, group] = rng.uniform(*MEMBERSHIP, GROUP)
    return weights


def _band_noise(shape: tuple[int, ...], sfreq: float, rng: np.random.Generator) -> Floats:
    """Gaussian noise within :data:`BAND`, of standard deviation 1 over the last axis."""
    spectrum = np.fft.rfft(rng.standard_normal(shape))
    freqs = np.fft.rfftfreq(shape[-1], 1 / sfreq)
    spectrum[..., (freqs < BAND[0]) | (freqs > BAND[1])] = 0
    noise = np.fft.irfft(spectrum, n=shape[-1])
    standardised: Floats = noise / noise.std(axis=-1, keepdims=True)
    return standardised


def _trace(derivatives: Floats, sfreq: float, rng: np.random.Generator) -> Floats:
    """Integrate derivatives; add a slow baseline and the measurement's noise."""
    trace = np.cumsum(derivatives, axis=1) / sfreq
    trace -= trace.mean(axis=1, keepdims=True)
    scale = trace.std()
    turns = np.linspace(0, 1, trace.shape[1]) + rng.random((len(trace), 1))
    drift = np.sqrt(2) * DRIFT * np.sin(2 * np.pi * turns)
    gauge = GAUGE * rng.standard_normal(trace.shape)
    noisy: Floats = trace / scale + drift + gauge
    return noisy
