"""Shape of a spectrum: where its power lies, and how evenly.

Frequencies from 0.5 to 45 Hz.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LOW, HIGH = 0.5, 45.0
"""Hz."""
TINY = np.finfo(np.float64).tiny


class Shape:
    """Measures of spectra.

    Parameters
    ----------
    freqs : ndarray, shape (n_freqs,)
        Hz.
    density : ndarray, shape (..., n_freqs)
        Power spectral densities.
    """

    def __init__(self, freqs: Floats, density: Floats) -> None:
        kept = (freqs >= LOW) & (freqs <= HIGH)
        self.freqs = freqs[kept]
        self.density = np.maximum(density[..., kept], TINY)
        self.total = self.density.sum(axis=-1)
        self.share = self.density / self.total[..., np.newaxis]
        self._cumulated = np.cumsum(self.share, axis=-1)

    def centroid(self) -> Floats:
        """Mean frequency, weighted by power."""
        found: Floats = self.share @ self.freqs
        return found

    def below(self, share: float) -> Floats:
        """Lowest frequency at or below which a share of the power lies."""
        index = (self._cumulated < share - 1e-12).sum(axis=-1)
        found: Floats = self.freqs[np.minimum(index, len(self.freqs) - 1)]
        return found

    def peak(self) -> tuple[Floats, Floats]:
        """Frequency and density of the highest point."""
        return self.freqs[self.density.argmax(axis=-1)], self.density.max(axis=-1)

    def flatness(self) -> Floats:
        """Geometric over arithmetic mean."""
        logs = np.log(self.density).mean(axis=-1)
        found: Floats = np.exp(logs) / (self.total / len(self.freqs))
        return found

    def entropy(self) -> Floats:
        """Shannon's, bits."""
        found: Floats = -(self.share * np.log2(self.share)).sum(axis=-1)
        return found

    def tsallis(self) -> Floats:
        """Tsallis's, of order 2."""
        found: Floats = 1 - (self.share**2).sum(axis=-1)
        return found
