"""Connectivity between signals that zero-lag mixing alone does not produce; any kind of signal.

Estimates are MNE-Connectivity's: weighted phase lag index (Vinck et al., 2011, NeuroImage
55:1548-1565), imaginary part of coherency (Nolte et al., 2004, Clinical Neurophysiology
115:2292-2307), correlation of orthogonalized envelopes (Hipp et al., 2012, Nature Neuroscience
15:884-890).

Chance levels and p values come from random sign flips of the epochs' imaginary cross-spectra. A
flip is the time reversal of an epoch, of all signals together: it keeps their spectra, amplitudes
and zero-lag mixture, which shuffling the signals against each other would destroy, and turns
around every lag. The epochs' orthogonalized envelope correlations, whose mean is zero without
coupling, are flipped likewise. Epochs must be independent of each other.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from neuro.preprocess.windows import cut, filtered
from neuro.stats.signflip import Flipped, evaluate, signs

Floats = NDArray[np.float64]
Complexes = NDArray[np.complex128]
Range = tuple[float, float]

MIN_EPOCHS = 10
"""With fewer epochs there are too few distinct flips for a p value."""
SAMPLES_PER_BANDWIDTH = 4
"""Envelopes are sampled so many times per inverse bandwidth; more samples tell nothing new."""


@dataclass(frozen=True)
class Coupling:
    """Connectivity of all pairs in one band.

    Parameters
    ----------
    value : ndarray, shape (n_signals, n_signals)
        The estimate, zero on the diagonal. Symmetric, but for `imcoh`, which is antisymmetric and
        positive where the row's signal leads the column's.
    chance : ndarray, shape (n_signals, n_signals)
        Mean absolute value under sign flips.
    p : ndarray, shape (n_signals, n_signals)
        Two-sided p, corrected for all pairs; one on the diagonal.
    largest : ndarray, shape (n_surrogates,)
        Largest absolute value of each flip.
    n_epochs : int
        Epochs.
    """

    value: Floats
    chance: Floats
    p: Floats
    largest: Floats
    n_epochs: int

    @property
    def edges(self) -> Floats:
        """Values below the diagonal."""
        return self.value[np.tril_indices(len(self.value), -1)]


def phase_coupling(
    epochs: Floats,
    sfreq: float,
    band: Range,
    methods: Iterable[str],
    n_surrogates: int,
    rng: np.random.Generator,
) -> dict[str, Coupling]:
    """Weighted phase lag index and imaginary part of coherency, averaged over a band.

    Parameters
    ----------
    epochs : ndarray, shape (n_epochs, n_signals, n_times)
        The data.
    sfreq : float
        Sampling rate, Hz.
    band : tuple of float
        Lowest and highest frequency, Hz.
    methods : iterable of {'wpli', 'imcoh'}
        What to estimate.
    n_surrogates : int
        Sign flips.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    coupling : dict of str to Coupling
        By method.
    """
    from mne_connectivity import spectral_connectivity_epochs

    methods = list(methods)
    low, high = band
    estimates = spectral_connectivity_epochs(
        epochs,
        method=methods,
        sfreq=sfreq,
        mode="fourier",
        fmin=low,
        fmax=high,
        faverage=True,
        verbose="ERROR",
    )
    estimates = estimates if isinstance(estimates, list) else [estimates]
    nulls = phase_null(epochs, sfreq, band, methods, signs(n_surrogates, len(epochs), rng))
    found = {}
    for method, estimate in zip(methods, estimates, strict=True):
        observed = _edges(estimate.get_data("dense")[..., 0])
        flipped = evaluate(observed, nulls[method])
        found[method] = _coupling(observed, flipped, len(epochs), antisymmetric=method == "imcoh")
    return found


def phase_null(
    epochs: Floats, sfreq: float, band: Range, methods: Iterable[str], flips: Floats
) -> dict[str, Floats]:
    """Estimates with the signs of some epochs' imaginary cross-spectra flipped.

    Parameters
    ----------
    epochs, sfreq, band, methods
        As for :func:`phase_coupling`.
    flips : ndarray, shape (n_flips, n_epochs)
        Signs; a row of ones gives the estimate itself.

    Returns
    -------
    null : dict of str to ndarray, shape (n_flips, n_edges)
        By method; pairs below the diagonal, row by row.
    """
    n_times = epochs.shape[-1]
    freqs = scipy.fft.rfftfreq(n_times, 1 / sfreq)
    inside = np.flatnonzero((freqs >= band[0]) & (freqs <= band[1]))
    centered = epochs - epochs.mean(axis=-1, keepdims=True)
    spectra = scipy.fft.rfft(centered * np.hanning(n_times))[..., inside]
    rows, columns = np.tril_indices(epochs.shape[1], -1)
    null = {method: np.zeros((len(flips), len(rows))) for method in methods}
    for f in range(len(inside)):
        at_f = spectra[..., f]
        imaginary = (at_f[:, rows] * at_f[:, columns].conj()).imag
        terms = flips @ imaginary
        for method, total in null.items():
            if method == "wpli":
                size = np.abs(imaginary).sum(axis=0)
            else:
                power = (np.abs(at_f) ** 2).sum(axis=0)
                size = np.sqrt(power[rows] * power[columns])
            weight = np.divide(1 / len(inside), size, out=np.zeros_like(size), where=size > 0)
            total += (np.abs(terms) if method == "wpli" else terms) * weight
    return null


def envelope_coupling(analytic: Complexes, n_surrogates: int, rng: np.random.Generator) -> Coupling:
    """Correlation of amplitude envelopes after pairwise orthogonalization.

    Parameters
    ----------
    analytic : ndarray, shape (n_epochs, n_signals, n_times)
        From :func:`analytic_epochs`.
    n_surrogates : int
        Sign flips.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    coupling : Coupling
        The mean over epochs of the signed correlation, whose expectation without coupling is 0.
    """
    from mne_connectivity import envelope_correlation

    found = envelope_correlation(analytic, absolute=False, verbose="ERROR")
    per_epoch = found.get_data("dense")[..., 0]
    edges = np.stack([_edges(matrix) for matrix in per_epoch])
    null = signs(n_surrogates, len(edges), rng) @ edges / len(edges)
    observed = edges.mean(axis=0)
    return _coupling(observed, evaluate(observed, null), len(edges), antisymmetric=False)


def analytic_epochs(
    data: Floats, stretches: Sequence[slice], sfreq: float, band: Range, seconds: float
) -> Complexes:
    """Epochs of the analytic signal within a band.

    Parameters
    ----------
    data : ndarray, shape (n_signals, n_times)
        The recording.
    stretches : sequence of slice
        Its good parts.
    sfreq : float
        Sampling rate, Hz.
    band : tuple of float
        Pass-band, Hz.
    seconds : float
        Length of the epochs, s.

    Returns
    -------
    analytic : ndarray, shape (n_epochs, n_signals, n_samples)
        As few samples as the band's width allows.
    """
    length = round(seconds * sfreq)
    step = max(1, int(sfreq / (SAMPLES_PER_BANDWIDTH * (band[1] - band[0]))))
    epochs = []
    for part in filtered(data, stretches, sfreq, band):
        signal = scipy.signal.hilbert(part)
        epochs.append(cut(signal, [slice(0, signal.shape[1])], length, length)[..., ::step])
    n_samples = len(range(0, length, step))
    return np.concatenate([np.empty((0, len(data), n_samples), complex), *epochs])


def check_distinct(epochs: Floats, names: Sequence[str]) -> None:
    """Raise if two signals are the same but for a factor: their phases differ by rounding alone.

    Parameters
    ----------
    epochs : ndarray, shape (n_epochs, n_signals, n_times)
        The data.
    names : sequence of str
        The signals.

    Raises
    ------
    ValueError
        If there are fewer than two signals, or two are the same.
    """
    if len(names) < 2:
        raise ValueError(f"connectivity needs at least two channels, got {len(names)}")
    correlation = np.corrcoef(np.concatenate(list(epochs), axis=-1))
    rows, columns = np.nonzero(np.tril(np.abs(correlation) > 1 - 1e-9, -1))
    if len(rows):
        first, second = names[columns[0]], names[rows[0]]
        raise ValueError(
            f"connectivity: channels {first} and {second} carry the same signal; mark one of them "
            "as bad in channels.tsv, and do not interpolate before connectivity"
        )


def _edges(matrix: Floats) -> Floats:
    edges: Floats = matrix[np.tril_indices(len(matrix), -1)]
    return edges


def _coupling(observed: Floats, flipped: Flipped, n_epochs: int, antisymmetric: bool) -> Coupling:
    n = int((1 + np.sqrt(1 + 8 * len(observed))) / 2)

    def square(edges: Floats, diagonal: float, sign: float = 1.0) -> Floats:
        matrix = np.full((n, n), diagonal)
        lower = np.tril_indices(n, -1)
        matrix[lower] = edges
        matrix.T[lower] = sign * edges
        return matrix

    return Coupling(
        value=square(observed, 0.0, -1.0 if antisymmetric else 1.0),
        chance=square(flipped.chance, 0.0),
        p=square(flipped.p, 1.0),
        largest=flipped.largest,
        n_epochs=n_epochs,
    )
